"""Scenarios with a crawl or a process of their own: each helper gets its own outcome, whatever the others do."""

from __future__ import annotations

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult
from tests.support import live

pytestmark = pytest.mark.index

HELPERS = ("maybe_deferred_to_future", "as_future", "direct")


def run(environment: ProvidedEnvironment, name: str, helpers: tuple[str, ...] = HELPERS) -> dict[str, CellResult]:
    """The results of one scenario by helper, in the asyncio lane, beside a healthy one."""
    batches = [live.batch_of("asyncio-default", [(name, helper) for helper in helpers])]
    if not batches[0].program:
        batches = [live.batch_of("asyncio-default", [("callback_pending", HELPERS[0]), *batches[0].cells])]
    results, _ = live.run_cells(environment, batches, scenarios=[live.SICK])
    by_helper = {result.key.helper: result for result in results if result.key.scenario == name}
    healthy = [result.outcome for result in results if result.key.scenario != name]
    assert all(outcome == Outcome.PASS for outcome in healthy)
    assert sorted(by_helper) == sorted(helpers)
    return by_helper


def kinds(results: dict[str, CellResult]) -> dict[str, tuple[Outcome, str | None]]:
    return {helper: (result.outcome, result.mechanism) for helper, result in results.items()}


def test_a_helper_that_hangs_in_a_pipeline_keeps_no_other_from_its_outcome(environment: ProvidedEnvironment) -> None:
    found = run(environment, "place_waits")
    assert kinds(found) == {
        "maybe_deferred_to_future": (Outcome.PASS, None),
        "as_future": (Outcome.HANG, "never-resumed"),
        "direct": (Outcome.FAIL, "task-got-bad-yield"),
    }
    evidence = found["as_future"].evidence
    assert evidence is not None
    assert "place_waits.py" in evidence.stacks


def test_a_crawl_that_cannot_start_fails_its_own_cells_only(environment: ProvidedEnvironment) -> None:
    found = kinds(run(environment, "place_without_component"))
    assert {outcome for outcome, _ in found.values()} == {Outcome.FAIL}
    assert {mechanism for _, mechanism in found.values()} == {"raised-name-error"}


def test_a_request_that_cannot_be_made_fails_its_own_cell_only(environment: ProvidedEnvironment) -> None:
    assert kinds(run(environment, "place_without_request")) == {
        "maybe_deferred_to_future": (Outcome.FAIL, "raised-lookup-error"),
        "as_future": (Outcome.PASS, None),
        "direct": (Outcome.FAIL, "task-got-bad-yield"),
    }


def test_a_coroutine_that_nobody_awaits_is_found_by_looking(environment: ProvidedEnvironment) -> None:
    found = kinds(run(environment, "place_forgets_to_await"))
    assert set(found.values()) == {(Outcome.FAIL, "never-awaited")}


def test_a_program_ends_with_its_exception_or_its_hang(environment: ProvidedEnvironment) -> None:
    raised = run(environment, "program_raises", ("none",))["none"]
    assert (raised.outcome, raised.mechanism, raised.detail) == (
        Outcome.FAIL,
        "raised-lookup-error",
        "LookupError: on purpose",
    )
    waits = run(environment, "program_waits", ("none",))["none"]
    assert (waits.outcome, waits.close) == (Outcome.HANG, Close.HUNG)
    assert waits.evidence is not None
    assert "program_waits.py" in waits.evidence.stacks


def test_a_program_that_starts_nothing_never_passes(environment: ProvidedEnvironment) -> None:
    found = kinds(run(environment, "program_does_nothing"))
    assert set(found.values()) == {(Outcome.FAIL, "no-effect-seen")}


@pytest.mark.parametrize("name", ["place_logs_why", "program_logs_why"])
def test_where_nothing_is_seen_the_log_of_the_crawl_says_why(environment: ProvidedEnvironment, name: str) -> None:
    for result in run(environment, name).values():
        assert (result.outcome, result.mechanism) == (Outcome.FAIL, "no-effect-seen")
        assert result.evidence is not None
        assert "the plugin did nothing" in result.evidence.exception


def test_a_program_that_names_a_plugin_that_does_not_import_says_which(environment: ProvidedEnvironment) -> None:
    found = kinds(run(environment, "program_names_plugin", ("none",)))
    assert found == {"none": (Outcome.FAIL, "import-failed-plugin_that_fails")}


def test_requests_of_cells_go_over_queues_on_disk(environment: ProvidedEnvironment) -> None:
    found = kinds(run(environment, "place_on_disk", ("none",)))
    assert found == {"none": (Outcome.PASS, None)}


def test_a_wrong_note_keeps_those_that_come_after_it(environment: ProvidedEnvironment) -> None:
    found = run(environment, "place_notes_late", ("maybe_deferred_to_future",))["maybe_deferred_to_future"]
    assert (found.outcome, found.mechanism) == (Outcome.FAIL, "wrong-order")
    assert found.detail == "seen were ['done', 'value'], ['value', 'done'] was expected"
