from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.infra import resources
from harness.infra.errors import ConfigurationError
from harness.matrix.load import load_matrix
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.plan.plan_records import Plan
from harness.plan.planner import make_plan
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection, Vocabulary

HELPERS = ("direct", "deferred_to_future")
SCENARIOS = {name: ScenarioInfo(helpers=HELPERS) for name in ("callback_pending", "callback_fired")}
SPEC = load_matrix(resources.matrix_file())
KNOWN = Vocabulary.of_matrix(SPEC, SCENARIOS, HELPERS)

CELL = "linux-py3.12-scrapy2.13.4-era/asyncio-uvloop/callback_pending/direct"


def selected(plan: str = "full", **options: Sequence[str]) -> Plan:
    selection = Selection.parse(KNOWN, **options)
    return make_plan(SPEC, plan=plan, platforms=("linux",), scenarios=SCENARIOS, selection=selection)


def pythons(plan: Plan) -> list[str]:
    return list(dict.fromkeys(environment.python for environment in plan.environments))


def scrapys(plan: Plan) -> list[str]:
    return list(dict.fromkeys(environment.scrapy for environment in plan.environments))


def refused(**options: Sequence[str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        selected(**options)
    return str(caught.value)


def test_no_filter_selects_everything() -> None:
    assert selected() == make_plan(SPEC, plan="full", platforms=("linux",), scenarios=SCENARIOS, selection=Selection())


def test_versions_are_a_list_and_comparisons_a_range() -> None:
    assert pythons(selected(python=["3.10,3.12"])) == ["3.10", "3.12"]
    assert pythons(selected(python=["3.10", "3.12"])) == ["3.10", "3.12"]
    assert scrapys(selected(scrapy=[">=2.4,<2.7"])) == ["2.4.1", "2.5.1", "2.6.3"]
    assert scrapys(selected(scrapy=["2.13"])) == scrapys(selected(scrapy=["2.13.4"])) == ["2.13.4"]
    assert scrapys(selected(scrapy=["2.0,>=2.18"])) == ["2.0.1", "2.18.0", "2.19.0"]


@pytest.mark.slow
def test_a_version_stands_for_all_that_begin_with_it_however_short_for_python_as_for_scrapy() -> None:
    every = selected()
    assert pythons(selected(python=["3"])) == [each for each in pythons(every) if not each.startswith("pypy")]
    assert pythons(selected(python=["==3"])) == pythons(selected(python=["3.*"])) == pythons(selected(python=["3"]))
    assert scrapys(selected(scrapy=["2"])) == scrapys(every)
    assert "matches nothing" in refused(python=["2"])
    assert "matches nothing" in refused(scrapy=["3"])


def test_pypy_is_selected_by_name_and_not_by_version() -> None:
    assert pythons(selected(python=["3.11"])) == ["3.11"]
    assert pythons(selected(python=[">=3.14"])) == ["3.14", "3.15"]
    assert pythons(selected(python=["pypy*"])) == pythons(selected(python=["pypy3.11"])) == ["pypy3.11"]
    assert pythons(selected(python=[">=3.15,pypy*"])) == ["3.15", "pypy3.11"]


def test_names_are_globs() -> None:
    assert {key.lane for key in selected(lane=["none-*,epoll"]).keys()} == {
        "none-default",
        "none-selector",
        "none-uvloop",
        "none-rloop",
        "epoll",
    }
    assert {key.scenario for key in selected(scenario=["*_fired"]).keys()} == {"callback_fired"}
    assert {key.helper for key in selected(helper=["direct"]).keys()} == {"direct"}


def test_filters_of_different_kinds_must_all_hold() -> None:
    plan = selected(python=["3.12"], scrapy=["2.13"], profile=["era"], lane=["epoll"], helper=["direct"])
    assert [key.id for key in plan.keys()] == [
        "linux-py3.12-scrapy2.13.4-era/epoll/callback_pending/direct",
        "linux-py3.12-scrapy2.13.4-era/epoll/callback_fired/direct",
    ]


def test_a_cell_glob_runs_across_slashes() -> None:
    keys = list(selected(cell=["*scrapy2.13.4*uvloop/*/direct"]).keys())
    assert keys
    assert {(key.lane, key.helper) for key in keys} == {("asyncio-uvloop", "direct"), ("none-uvloop", "direct")}


def test_a_whole_cell_id_selects_just_it_whatever_plan_and_filters_say() -> None:
    plan = selected("smoke", cell=[CELL], lane=["epoll"])
    assert [key.id for key in plan.keys()] == [CELL]
    (environment,) = plan.environments
    assert environment.exclude_newer == "2026-01-04"
    assert environment.lanes[0].overlays == ("uvloop",)


def test_whole_cell_ids_add_to_what_globs_select() -> None:
    plan = selected("smoke", cell=[CELL, "*py3.15*/default/callback_fired/direct"])
    assert [key.id for key in plan.keys()] == [CELL, "linux-py3.15-scrapy2.19.0-latest/default/callback_fired/direct"]


def test_a_whole_cell_id_that_the_plan_has_anyway_is_there_once() -> None:
    plan = selected(cell=[CELL, "*scrapy2.13.4-era/asyncio-uvloop/*"], python=["3.12"])
    assert [key.id for key in plan.keys()].count(CELL) == 1


def test_a_whole_cell_id_of_an_excluded_environment_says_why_it_is_excluded() -> None:
    plan = selected(cell=["linux-py3.6-scrapy2.19.0-latest/epoll/callback_fired/direct"])
    (environment,) = plan.environments
    assert environment.status is Outcome.EXCLUDED
    assert environment.reason == "Scrapy 2.19.0 requires Python >=3.10"
    assert plan.count == 0


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"lane": ["asyncio-uvlop"]}, ["--lane asyncio-uvlop", "did you mean asyncio-uvloop"]),
        ({"lane": ["tokio-*"]}, ["--lane tokio-*", "matches nothing"]),
        ({"scenario": ["callback_pendign"]}, ["--scenario", "did you mean callback_pending"]),
        ({"helper": ["directly"]}, ["--helper", "did you mean direct"]),
        ({"profile": ["newest"]}, ["--profile newest", "era, latest, pinned"]),
        ({"platform": ["osx"]}, ["--platform osx", "linux, macos, windows"]),
        ({"python": ["3.5"]}, ["--python 3.5", "matches nothing", "3.6, 3.7"]),
        ({"python": ["3.12.1"]}, ["--python 3.12.1", "matches nothing"]),
        ({"scrapy": ["=>2.11"]}, ["--scrapy =>2.11", ">=2.11"]),
        ({"scrapy": ["2.40"]}, ["--scrapy 2.40", "2.19.0"]),
        ({"scrapy": ["2.4,,2.5"]}, ["--scrapy", "empty"]),
        ({"cell": ["callback_pending"]}, ["--cell callback_pending", "whole id, or a glob"]),
        ({"cell": [CELL.replace("2.13.4", "2.13.3")]}, ["no Scrapy '2.13.3'", "2.13.4"]),
        ({"cell": [CELL.replace("direct", "direkt")]}, ["no helper 'direkt'", "did you mean direct"]),
        ({"cell": [CELL.replace("linux", "windows")]}, ["is not asked for on linux", "--platform"]),
        ({"platform": ["windows"]}, ["has nothing on linux"]),
        ({"cell": ["*py3.6*/none-default/*never*"]}, ["has nothing"]),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_option_value_and_what_is_right(
    options: dict[str, list[str]], parts: list[str]
) -> None:
    message = refused(**options)
    for part in parts:
        assert part in message


def test_stored_cells_are_selected_by_the_same_filters() -> None:
    keys = [
        CellKey("linux-py3.12-scrapy2.13.4-era", "epoll", "callback_pending", "direct"),
        CellKey("linux-pypy3.11-scrapymain-latest", "epoll", "old_scenario", "direct"),
    ]
    known = Vocabulary.of_cells(keys)
    assert [key for key in keys if Selection.parse(known, scrapy=[">=2.11"]).matches(key)] == keys[:1]
    assert [key for key in keys if Selection.parse(known, scrapy=["main"]).matches(key)] == keys[1:]
    assert [key for key in keys if Selection.parse(known, scenario=["old_*"]).matches(key)] == keys[1:]
    assert [key for key in keys if Selection.parse(known, cell=[keys[1].id]).matches(key)] == keys[1:]
    with pytest.raises(ConfigurationError, match="--lane select"):
        Selection.parse(known, lane=["select"])
