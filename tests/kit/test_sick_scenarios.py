"""Scenarios that do what no scenario should: each gets the right outcome, and its neighbours get theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult
from tests.support import live
from tests.support.left_behind import MARK, carrying

pytestmark = pytest.mark.index

HELPER = "maybe_deferred_to_future"
NEIGHBOURS = ("callback_pending", "callback_nested", "callback_shared")


def run(
    environment: ProvidedEnvironment, sick: str, lane: str = "asyncio-default"
) -> tuple[CellResult, list[CellResult]]:
    """The result of a sick scenario in the middle of healthy ones, and theirs."""
    cells = [(name, HELPER) for name in (NEIGHBOURS[0], sick, *NEIGHBOURS[1:])]
    results, _ = live.run_cells(environment, [live.batch_of(lane, cells)], scenarios=[live.SICK])
    assert sorted(result.key.scenario for result in results) == sorted(name for name, _ in cells)
    (found,) = [result for result in results if result.key.scenario == sick]
    return found, [result for result in results if result is not found]


def assert_healthy(neighbours: list[CellResult]) -> None:
    found = {result.key.scenario: (result.outcome, result.mechanism, result.close) for result in neighbours}
    assert found == {
        "callback_pending": (Outcome.PASS, None, Close.CLEAN),
        "callback_nested": (Outcome.PASS, None, Close.CLEAN),
        # The second of two that await one Deferred gets None: measured, and so in every release.
        "callback_shared": (Outcome.FAIL, "wrong-value", Close.CLEAN),
    }


@pytest.mark.parametrize("lane", ["asyncio-default", "epoll"])
def test_a_hang_is_proven_and_stops_nobody_else(environment: ProvidedEnvironment, lane: str) -> None:
    result, neighbours = run(environment, "hangs", lane)
    assert (result.outcome, result.mechanism, result.close) == (Outcome.HANG, "never-resumed", Close.HUNG)
    assert result.isolated
    assert result.evidence is not None
    proof = result.evidence.stacks
    assert "Deferreds that never fired: " in proof
    assert "Readers of the reactor: " in proof
    assert "Delayed calls of the reactor: " in proof
    assert "Thread MainThread" in proof
    if lane.startswith("asyncio"):
        assert "Pending asyncio tasks: " in proof
        assert "hangs.py" in proof
    assert_healthy(neighbours)


def test_a_scenario_that_never_yields_to_the_loop_is_a_hang_with_its_own_stack(
    environment: ProvidedEnvironment,
) -> None:
    result, neighbours = run(environment, "blocks")
    assert (result.outcome, result.mechanism) == (Outcome.HANG, "loop-blocked")
    assert result.evidence is not None
    assert "blocks.py" in result.evidence.stacks
    assert_healthy(neighbours)


@pytest.mark.parametrize(("sick", "mechanism"), [("dies", "signal-SIGSEGV"), ("exits", "exit-7")])
def test_a_scenario_that_ends_its_process_is_a_crash(
    environment: ProvidedEnvironment, sick: str, mechanism: str
) -> None:
    result, neighbours = run(environment, sick)
    assert (result.outcome, result.mechanism, result.close) == (Outcome.CRASH, mechanism, None)
    assert_healthy(neighbours)
    if sick == "dies":
        assert result.evidence is not None
        assert "dies.py" in result.evidence.stderr


def test_a_hundred_megabytes_of_output_are_cut_and_change_nothing(environment: ProvidedEnvironment) -> None:
    result, neighbours = run(environment, "shouts")
    assert (result.outcome, result.close) == (Outcome.PASS, Close.CLEAN)
    assert_healthy(neighbours)
    alone, _ = live.run_cells(
        environment, [live.batch_of("asyncio-default", [("shouts", HELPER)])], scenarios=[live.SICK], isolate=True
    )
    assert alone[0].evidence is not None
    assert "cut" in alone[0].evidence.stdout
    assert len(alone[0].evidence.stdout) < 1_000_000


def test_children_that_ignore_sigterm_are_gone_when_the_cell_is(
    environment: ProvidedEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, str(tmp_path))
    result, neighbours = run(environment, "breeds")
    assert result.outcome is Outcome.PASS
    assert_healthy(neighbours)
    assert carrying(str(tmp_path)) == []


@pytest.mark.parametrize(
    ("sick", "mechanism"), [("lies", "wrong-value"), ("forgets", "no-value"), ("sleeps_through", "never-awaited")]
)
def test_only_the_right_value_passes(environment: ProvidedEnvironment, sick: str, mechanism: str) -> None:
    result, neighbours = run(environment, sick)
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, mechanism)
    assert_healthy(neighbours)


@pytest.mark.parametrize(
    ("sick", "mechanism"), [("raises_exit", "raised-system-exit"), ("raises_interrupt", "raised-keyboard-interrupt")]
)
@pytest.mark.parametrize("lane", ["asyncio-default", "epoll"])
def test_a_callback_that_ends_the_crawl_fails_by_itself(
    environment: ProvidedEnvironment, sick: str, mechanism: str, lane: str
) -> None:
    result, neighbours = run(environment, sick, lane)
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, mechanism)
    assert_healthy(neighbours)


@pytest.mark.parametrize("lane", ["asyncio-default", "epoll"])
def test_a_pipeline_that_ends_the_crawl_fails_by_itself(environment: ProvidedEnvironment, lane: str) -> None:
    result, neighbours = run(environment, "place_raises_exit", lane)
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, "raised-system-exit")
    assert_healthy(neighbours)


@pytest.mark.some_python
@pytest.mark.parametrize("sick", ["raises_exit", "place_raises_exit"])
def test_without_a_reactor_what_ends_the_crawl_fails_by_itself(cache: Path, sick: str) -> None:
    planned = next(env for env in live.plan_of(live.SOME, "2.19.0", "latest").environments if env.status is None)
    result, neighbours = run(live.provide(cache, planned), sick, "none-default")
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, "raised-system-exit")
    assert_healthy(neighbours)


def test_a_plugin_that_does_not_import_is_named(environment: ProvidedEnvironment) -> None:
    result, neighbours = run(environment, "imports_plugin")
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, "import-failed-plugin_that_fails")
    assert result.detail is not None
    assert "cannot import name 'never_there'" in result.detail
    assert_healthy(neighbours)


@pytest.mark.parametrize(("sick", "reason"), [
    ("leaves_generator", "async generator left unfinished: <async_generator object numbers"),
    ("ignores_exit", "async generator ignored GeneratorExit"),
])  # fmt: skip
def test_an_async_generator_that_is_not_closed_makes_the_close_of_its_cell_unclean(
    environment: ProvidedEnvironment, sick: str, reason: str
) -> None:
    result, neighbours = run(environment, sick)
    assert (result.outcome, result.close) == (Outcome.PASS, Close.UNCLEAN)
    assert result.evidence is not None
    assert reason in result.evidence.exception
    assert_healthy(neighbours)


def test_an_error_left_behind_makes_the_close_of_its_own_cell_unclean(environment: ProvidedEnvironment) -> None:
    result, neighbours = run(environment, "leaves_errors")
    assert (result.outcome, result.close) == (Outcome.PASS, Close.UNCLEAN)
    assert result.evidence is not None
    assert "nobody looks at this" in result.evidence.exception
    assert_healthy(neighbours)
