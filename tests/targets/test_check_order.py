"""In which order the environments of a target are asked."""

from __future__ import annotations

from itertools import product

from harness.model.ids import EnvironmentId
from harness.targets.check_order import check_order


def environment(python: str, scrapy: str, profile: str = "latest") -> EnvironmentId:
    return EnvironmentId("linux", python, scrapy, profile)


def places(environments: list[EnvironmentId], control: EnvironmentId) -> list[str]:
    found = [EnvironmentId.parse(each) for each in check_order(environments, control)]
    return [f"{each.python} {each.scrapy}" for each in found]


def test_the_control_comes_first_then_the_ends_then_what_halves_the_gaps() -> None:
    releases = ["2.9.0", "2.10.1", "2.11.2", "2.12.0", "2.13.4", "2.19.0"]
    asked = [environment("3.12", each) for each in releases]
    wanted = ["2.12.0", "2.19.0", "2.9.0", "2.11.2", "2.10.1", "2.13.4"]
    assert places(asked, environment("3.12", "2.12.0")) == [f"3.12 {each}" for each in wanted]


def test_each_release_is_asked_once_before_any_is_asked_on_another_python() -> None:
    asked = [environment(*each) for each in product(["3.9", "3.11", "3.12", "3.13"], ["2.11.2", "2.13.4", "2.19.0"])]
    found = places(asked, environment("3.12", "2.19.0"))
    assert found[:3] == ["3.12 2.19.0", "3.12 2.11.2", "3.12 2.13.4"]
    assert found[3:6] == ["3.13 2.19.0", "3.13 2.11.2", "3.13 2.13.4"]
    assert found[6:9] == ["3.9 2.19.0", "3.9 2.11.2", "3.9 2.13.4"]
    assert len(found) == len(set(found)) == len(asked)


def test_a_release_that_the_python_of_the_control_cannot_have_is_asked_on_the_nearest() -> None:
    asked = [environment("3.8", "2.6.3"), environment("3.10", "2.6.3"), environment("3.13", "2.19.0")]
    assert places(asked, environment("3.13", "2.19.0")) == ["3.13 2.19.0", "3.10 2.6.3", "3.8 2.6.3"]


def test_a_branch_is_the_newest_and_profiles_of_one_place_stay_together() -> None:
    asked = [environment("3.12", scrapy, profile) for scrapy in ("2.18.0", "2.19.0", "master", "2.17.0")
             for profile in ("latest", "lowest")]  # fmt: skip
    found = places(asked, environment("3.12", "2.18.0"))
    assert found[:2] == ["3.12 2.18.0", "3.12 master"]
    assert found[2:] == [*["3.12 master"], *["3.12 2.17.0"] * 2, "3.12 2.18.0", *["3.12 2.19.0"] * 2]


def test_nothing_is_in_no_order_and_one_environment_is_alone() -> None:
    control = environment("3.12", "2.19.0")
    assert check_order([], control) == ()
    assert check_order([control], control) == (control.id,)
