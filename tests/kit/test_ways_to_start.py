"""Programs that start crawls give what a plain script beside them gave, in a new and in an old environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.infra.resources import scenarios_dir
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.runner.work import Batch
from harness.scenarios.catalogue import load_scenarios
from harness.scenarios.parse import HELPERS, NO_HELPER
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(900)]

NEW, OLD = (live.SOME, "2.19.0", "latest"), ("3.8", "2.5.1", "era")

Told = Mapping[str, str]
"""What is told of each helper's cell: an outcome, with the mechanism behind it if there is one."""

BAD_YIELD, NO_FUTURE = "fail task-got-bad-yield", "fail await-wasnt-used-with-future"
MISSING = "unsupported helper-missing"


def told(direct: str, to_future: str, maybe: str, ensure: str, copied: str, copied_maybe: str, as_future: str) -> Told:
    """What is told of all helpers, in their order."""
    return dict(zip(HELPERS, (direct, to_future, maybe, ensure, copied, copied_maybe, as_future), strict=True))


def one(outcome: str) -> Told:
    """What is told of the one cell of a scenario without helpers."""
    return {NO_HELPER: outcome}


NEW_ASYNCIO = told(BAD_YIELD, "pass", "pass", "pass", "pass", "pass", "pass")
NEW_DEFAULT = told("pass", "fail needs-asyncio-reactor", "pass", "pass", NO_FUTURE, "pass", NO_FUTURE)
NEW_NONE = told(BAD_YIELD, "pass", "pass", "pass", "pass", "fail no-reactor-installed", "pass")
OLD_ASYNCIO = told(BAD_YIELD, MISSING, MISSING, MISSING, "pass", "pass", "pass")
OLD_DEFAULT = told("pass", MISSING, MISSING, MISSING, NO_FUTURE, "pass", NO_FUTURE)
WRONG_REACTOR = dict.fromkeys(HELPERS, "misconfigured reactor-not-as-asked")
OLD_WRONG_REACTOR = {
    helper: "misconfigured reactor-not-as-asked" if what != MISSING else what for helper, what in OLD_DEFAULT.items()
}

FOUND_NEW: dict[tuple[str, str], Told] = {
    ("asyncio-uvloop", "start_crawler_runner"): NEW_ASYNCIO,
    ("asyncio-default", "start_crawler_runner_not_installed"): one("pass"),
    ("epoll", "start_async_crawler_runner"): dict.fromkeys(HELPERS, "fail needs-asyncio-reactor"),
    ("default", "start_async_crawler_process"): WRONG_REACTOR,
    ("none-default", "start_command_line"): NEW_NONE,
    ("default", "start_runspider"): WRONG_REACTOR,
    ("asyncio-default", "start_runspider"): NEW_ASYNCIO,
    ("asyncio-default", "start_project"): NEW_ASYNCIO,
    ("default", "start_custom_settings"): NEW_DEFAULT,
    ("asyncio-uvloop", "start_custom_settings"): NEW_ASYNCIO,
    ("asyncio-uvloop", "start_addon"): NEW_ASYNCIO,
    ("asyncio-default", "start_reactor_imported_early"): one("pass"),
    ("asyncio-uvloop", "loop_installed_is_another"): one("pass"),
    ("none-default", "loop_class_not_inheriting"): one("pass"),
    # Against its documentation: the second call leaves another loop than the reactor's as the current one.
    ("asyncio-uvloop", "install_reactor_twice"): one("fail loop-replaced"),
    ("none-default", "noreactor_import_in_crawl"): one("pass"),
    ("none-default", "noreactor_import_in_crawl_runner"): one("fail not-refused"),
    ("none-default", "noreactor_custom_settings"): one("pass"),
    ("none-uvloop", "noreactor_running_loop"): dict.fromkeys(HELPERS, "misconfigured loop-not-as-asked"),
    ("none-uvloop", "noreactor_twice_in_a_row"): NEW_NONE,
    ("none-default", "start_parse_command"): one("pass"),
}
FOUND_OLD: dict[tuple[str, str], Told] = {
    ("asyncio-uvloop", "start_crawler_runner"): OLD_ASYNCIO,
    ("default", "start_two_after_another"): OLD_DEFAULT,
    ("asyncio-default", "start_crawler_runner_not_installed"): one("pass"),
    ("default", "start_runspider"): OLD_DEFAULT,
    ("asyncio-default", "start_runspider"): OLD_WRONG_REACTOR,
    ("asyncio-default", "start_project"): OLD_WRONG_REACTOR,
    ("asyncio-default", "start_custom_settings"): OLD_WRONG_REACTOR,
    ("asyncio-default", "start_reactor_imported_early"): one("pass"),
    ("asyncio-uvloop", "loop_setting"): one("pass"),
    ("asyncio-uvloop", "loop_policy"): one("pass"),
    # Before 2.7 nobody compared the loop that is installed with the one that is asked for.
    ("asyncio-uvloop", "loop_installed_is_another"): one("misconfigured loop-not-as-asked"),
    ("default", "start_parse_command"): one("fail loop-blocked"),
    ("default", "start_shell_fetch"): {
        "direct": "pass",
        "maybe_deferred_to_future": MISSING,
        "copied_maybe_deferred_to_future": "pass",
    },
}
SIX = [
    ("default", "start_shell_fetch"),
    ("asyncio-default", "start_crawler_runner_not_installed"),
    ("asyncio-uvloop", "install_reactor_twice"),
    ("asyncio-uvloop", "start_settings_module"),
    ("none-default", "start_command_line"),
    ("none-default", "noreactor_twice_in_a_row"),
]


def provide(cache: Path, python: str, scrapy: str, profile: str) -> ProvidedEnvironment:
    planned = next(env for env in live.plan_of(python, scrapy, profile).environments if env.status is None)
    return live.provide(cache, planned, ["uvloop"])


def batches(environment: ProvidedEnvironment, asked: list[tuple[str, str]]) -> list[Batch]:
    """A batch for each lane and scenario, with all cells of the scenario."""
    files = load_scenarios([scenarios_dir()])
    uvloop = environment.overlays["uvloop"]
    return [
        live.batch_of(lane, [(name, helper) for helper in files[name].info.helpers], [uvloop] * lane.endswith("uvloop"))
        for lane, name in asked
    ]


def shown(results: list[CellResult]) -> dict[tuple[str, str], Told]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for result in results:
        what = " ".join(filter(None, (result.outcome.value, result.mechanism)))
        found.setdefault((result.key.lane, result.key.scenario), {})[result.key.helper] = what
    return dict(found)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        pytest.param(NEW, FOUND_NEW, marks=pytest.mark.some_python, id="new"),
        pytest.param(OLD, FOUND_OLD, marks=pytest.mark.python38, id="old"),
    ],
)
def test_programs_give_what_was_found_by_hand(
    cache: Path, place: tuple[str, str, str], found: dict[tuple[str, str], Told]
) -> None:
    environment = provide(cache, *place)
    results, _ = live.run_cells(environment, batches(environment, list(found)))
    assert shown(results) == found
    assert all(result.detail for result in results if result.outcome is not Outcome.PASS)


@pytest.mark.some_python
def test_a_program_for_all_helpers_and_one_for_each_agree(cache: Path) -> None:
    environment = provide(cache, *NEW)
    asked = batches(environment, SIX)
    together, _ = live.run_cells(environment, asked)
    alone, _ = live.run_cells(environment, asked, isolate=True, deadline=10)
    assert all(result.isolated for result in alone)
    assert _comparable(together) == _comparable(alone)


def _comparable(results: list[CellResult]) -> dict[str, CellResult]:
    return {result.key.id: replace(result, isolated=True, seconds=None, evidence=None) for result in results}
