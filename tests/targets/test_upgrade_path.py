"""Where a Scrapy project is asked: from what it has locked to the newest of everything."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.specifiers import SpecifierSet

from harness.infra.resources import matrix_file
from harness.matrix.load import load_matrix
from harness.targets.project_requirements import ProjectRequirements
from harness.targets.scrapy_project import ScrapyProject
from harness.targets.target_plan import TODAY, AskedChecks, Place, target_workspace
from harness.targets.upgrade_path import controls_of, path_of, today_of, with_locked_release, with_project
from harness.workspace import Filters

SPEC = load_matrix(matrix_file())
HERE = [f"3.{minor}" for minor in range(6, 14)]


def project(*requires: str, pins: dict[str, str] | None = None, python: str | None = None) -> ScrapyProject:
    found = ProjectRequirements(
        requires=requires, pins=pins or {}, python=python, requires_python=SpecifierSet(), left_out=()
    )
    return ScrapyProject(folder="", settings="shop.settings", paths=("",), has_contracts=False, found=found)


def today(asked: ScrapyProject) -> Place:
    found = today_of(with_locked_release(SPEC, asked), "linux", HERE, asked)
    assert found is not None
    return found


def told(places: Sequence[Place]) -> list[tuple[str, str, str]]:
    return [(each.python.key, each.scrapy.label, each.profile.name) for each in places]


def test_today_has_the_locked_release_and_the_python_that_a_file_names() -> None:
    locked = {"scrapy": "2.6.1", "lxml": "4.9.1"}
    assert today(project("scrapy", pins=locked, python="3.8")).told == "Python 3.8, Scrapy 2.6.1, today"


def test_where_no_python_is_named_it_is_the_newest_of_that_releases_time() -> None:
    assert today(project("scrapy", pins={"scrapy": "2.6.3", "lxml": "4"})).python.key == "3.10"
    assert today(project("scrapy", pins={"scrapy": "2.19.0", "lxml": "6"})).python.key == "3.13"


def test_where_nothing_is_locked_it_is_the_newest_that_is_allowed_with_todays_packages() -> None:
    assert today(project("scrapy<2.16")).told == "Python 3.13, Scrapy 2.15.2, latest"
    assert today(project("scrapy==2.11.2", pins={"scrapy": "2.11.2"})).profile.name == "pinned"


def test_a_python_that_is_not_here_gives_way_to_the_nearest() -> None:
    assert today(project("scrapy", pins={"scrapy": "2.4.1", "a": "1"}, python="3.5")).python.key == "3.6"


def test_the_path_goes_up_in_scrapy_and_in_python_and_never_down() -> None:
    asked = project("scrapy", pins={"scrapy": "2.11.1", "lxml": "5.0"}, python="3.10")
    spec = with_locked_release(SPEC, asked)
    start = today(asked)
    path = told(path_of(spec, "linux", HERE, start, Filters()))
    assert path[0] == ("3.10", "2.11.1", "today")
    releases = [each.label for each in spec.scrapys if each.first is not None]
    assert {scrapy for _, scrapy, _ in path} == set(releases[releases.index("2.11.1") :])
    assert {python for python, _, _ in path} == {"3.10", "3.11", "3.12", "3.13"}
    assert {("3.10", "2.19.0", "latest"), ("3.13", "2.19.0", "latest")} <= set(path)
    assert len(path) == len(set(path))


def test_a_filter_chooses_among_every_environment() -> None:
    asked = project("scrapy", pins={"scrapy": "2.11.1", "lxml": "5.0"}, python="3.10")
    path = told(path_of(SPEC, "linux", HERE, today(asked), Filters(scrapy=("2.6",))))
    assert ("3.9", "2.6.3", "pinned") in path or ("3.9", "2.6.3", "era") in path


def test_the_control_goes_up_from_today_where_what_is_locked_does_not_install() -> None:
    asked = project("scrapy", pins={"scrapy": "2.13.4", "lxml": "5"}, python="3.12")
    found = told(controls_of(SPEC, "linux", today(asked)))
    assert found[:3] == [("3.12", "2.13.4", "today"), ("3.12", "2.13.4", "latest"), ("3.12", "2.14.2", "latest")]


def test_only_today_is_held_to_what_is_locked() -> None:
    asked = project("scrapy==2.13.4", "treq<23", pins={"scrapy": "2.13.4", "treq": "22.2.0", "attrs": "22.1.0"})
    loaded = target_workspace(None)
    start = today(asked)
    places = [start, Place(python=start.python, scrapy=loaded.spec.scrapys[-1], profile=loaded.spec.profiles[0])]
    plan = AskedChecks(places=places, lanes=("default",), checks=("try_spiders",), filters=Filters()).planned(
        loaded, "linux"
    )
    found = {each.profile: each for each in with_project(plan, asked, "shop").environments}
    assert found[TODAY.name].constraints == ("attrs==22.1.0", "treq==22.2.0")
    assert (found[TODAY.name].additions, found["latest"].additions) == (("treq<23",), ("treq",))
    assert found["latest"].constraints == ()
