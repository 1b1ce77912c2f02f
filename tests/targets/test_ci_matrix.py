"""The smallest CI matrix of a target, from synthetic cells."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.targets.ci_matrix import CiMatrix, ci_matrix
from harness.targets.tried_cell import TriedCell

Places = Mapping[tuple[str, str], frozenset[str]]


def cell(python: str, scrapy: str, mechanism: str | None, check: str = "try_plain", **more: str) -> TriedCell:
    environment = f"linux-py{python}-scrapy{scrapy}-{more.get('profile', 'latest')}"
    return TriedCell(
        key=CellKey(environment, more.get("lane", "default"), check, "none"),
        environment=EnvironmentId.parse(environment),
        outcome=Outcome.PASS if mechanism is None else Outcome.FAIL,
        mechanism=mechanism,
        detail=None,
        suite=None,
    )


def places(found: CiMatrix) -> list[tuple[str, str]]:
    return [(each.python, each.scrapy) for each in found.environments]


def test_one_environment_catches_what_shows_in_many_with_the_oldest_and_newest_that_pass() -> None:
    found = ci_matrix([
        cell("3.12", "2.11.2", "a"), cell("3.12", "2.12.0", "a"),
        *(cell("3.12", f"2.{minor}.0", None) for minor in range(13, 20)),
    ])  # fmt: skip
    assert places(found) == [("3.12", "2.12.0"), ("3.12", "2.13.0"), ("3.12", "2.19.0")]
    assert found.environments[0].catches == ("tests: fail a",)
    assert found.environments[0].cell == "linux-py3.12-scrapy2.12.0-latest/default/try_plain/none"


def test_what_only_a_lane_or_another_profile_shows_is_caught_by_none() -> None:
    found = ci_matrix([
        cell("3.12", "2.19.0", None),
        cell("3.12", "2.19.0", "uv", "try_suite", lane="asyncio-uvloop"),
        cell("3.12", "2.19.0", "low", profile="lowest"),
    ])  # fmt: skip
    assert (places(found), found.uncaught) == ([("3.12", "2.19.0")], ("tests: fail low", "tests: fail uv"))


CAUGHT = st.dictionaries(
    st.tuples(st.sampled_from(["3.11", "3.12", "3.13"]), st.sampled_from(["2.13.4", "2.16.0", "2.19.0"])),
    st.frozensets(st.sampled_from("abcd")),
    min_size=1,
)


@given(CAUGHT)
def test_every_cause_is_caught_and_each_environment_is_there_for_a_reason(caught: Places) -> None:
    cells = [
        cell(python, scrapy, mechanism, check)
        for (python, scrapy), causes in caught.items()
        # A check has one mechanism in an environment; causes here are import and tests.
        for check, mechanism in zip(("try_plain", "try_load"), [*sorted(causes)[:2], None, None], strict=False)
    ]
    found = ci_matrix(cells)
    failing = {
        f"{'import' if each.key.scenario == 'try_load' else 'tests'}: fail {each.mechanism}"
        for each in cells
        if not each.outcome.works
    }
    assert failing == {cause for each in found.environments for cause in each.catches}
    assert found.uncaught == ()
    assert len(places(found)) == len(set(places(found))) <= len(failing) + 2
