"""From what a process reported to results and suspects: a pure function, so every case is spelled out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.results import CellResult, Close, Outcome
from harness.runner.orders import Batch, Cell, LaneRecipe
from harness.runner.outcomes import BatchOutcome, add
from harness.runner.settle import Settled, broken, settle

ASYNCIO = LaneRecipe(
    name="asyncio-uvloop", settings={}, reactorless=False, reactor=("a.Reactor",), loop=("uvloop.Loop",)
)
FACTS = {"type": "facts", "reactor": "a.Reactor", "loop": "uvloop.Loop", "policy": "a.Policy"}
CLEAN = {"type": "close", "close": "clean", "reasons": [], "blamed": [], "suspected": []}
ONE, TWO = ("one", "direct"), ("two", "direct")


def cell(name: Cell, outcome: str = "pass", **more: Any) -> dict[str, Any]:
    return {"type": "cell", "scenario": name[0], "helper": name[1], "outcome": outcome, "seconds": 0.1, **more}


def settled(*lines: dict[str, Any], cells: tuple[Cell, ...] = (ONE, TWO), final: bool = False) -> Settled:
    outcome = BatchOutcome()
    for line in lines:
        add(outcome, line)
    batch = Batch(number=0, lane=ASYNCIO, path=(), cells=cells)
    return settle(
        batch, outcome, environment="env", fingerprint=lambda lane, scenario: f"{lane}:{scenario}", final=final
    )


def only(settled: Settled) -> CellResult:
    (result,) = settled.results
    return result


def test_cells_of_a_batch_that_closed_cleanly_are_believed() -> None:
    done = settled(FACTS, cell(ONE), cell(TWO, "fail", mechanism="wrong-value"), CLEAN)
    assert [(result.key.id, result.outcome, result.close) for result in done.results] == [
        ("env/asyncio-uvloop/one/direct", Outcome.PASS, Close.CLEAN),
        ("env/asyncio-uvloop/two/direct", Outcome.FAIL, Close.CLEAN),
    ]
    assert (done.again_alone, done.again_together) == ((), ())


def test_a_cell_that_hangs_is_suspected_and_the_finished_ones_run_again_together() -> None:
    hung = {"type": "close", "close": "hung", "reasons": ["late"], "blamed": [], "suspected": []}
    done = settled(FACTS, cell(ONE), cell(TWO, "hang", mechanism="never-resumed", stacks="proof"), hung)
    assert (done.results, done.again_alone, done.again_together) == ((), (TWO,), (ONE,))


def test_a_hang_that_was_alone_is_recorded_with_its_proof() -> None:
    hung = {"type": "close", "close": "hung", "reasons": ["late"], "blamed": [], "suspected": []}
    line = cell(TWO, "hang", mechanism="never-resumed", stacks="proof")
    result = only(settled(FACTS, line, hung, cells=(TWO,), final=True))
    assert (result.outcome, result.close, result.isolated) == (Outcome.HANG, Close.HUNG, True)
    assert result.evidence is not None
    assert result.evidence.stacks == "proof"


def test_nothing_is_believed_of_a_process_that_died() -> None:
    done = settled(FACTS, cell(ONE), {"type": "end", "exit": None, "signal": 11, "killed": False})
    assert (done.results, done.again_alone, done.again_together) == ((), (), (ONE, TWO))


@pytest.mark.parametrize(
    ("end", "outcome", "mechanism"),
    [
        ({"exit": None, "signal": 11, "killed": False}, Outcome.CRASH, "signal-SIGSEGV"),
        ({"exit": 7, "signal": None, "killed": False}, Outcome.CRASH, "exit-7"),
        ({"exit": 0xC0000005, "signal": None, "killed": False}, Outcome.CRASH, "exit-STATUS_ACCESS_VIOLATION"),
        ({"exit": 0xC0000123, "signal": None, "killed": False}, Outcome.CRASH, "exit-0xC0000123"),
        ({"exit": 0, "signal": None, "killed": False}, Outcome.CRASH, "no-outcome"),
        ({"exit": None, "signal": 9, "killed": True}, Outcome.HANG, "killed"),
        ({"exit": None, "signal": 250, "killed": False}, Outcome.CRASH, "signal-250"),
    ],
)
def test_the_end_of_a_process_without_a_word_says_what_happened(
    end: dict[str, Any], outcome: Outcome, mechanism: str
) -> None:
    result = only(settled(FACTS, {"type": "end", **end}, cells=(ONE,), final=True))
    assert (result.outcome, result.mechanism) == (outcome, mechanism)


def test_a_crawl_that_hangs_when_all_have_finished_is_looked_into() -> None:
    hung = {"type": "close", "close": "hung", "reasons": ["late"], "blamed": [], "suspected": []}
    done = settled(FACTS, cell(ONE), cell(TWO, "fail", mechanism="m"), hung)
    assert (done.results, done.again_alone, done.again_together) == ((), (), (ONE, TWO))
    alone = only(settled(FACTS, cell(TWO, "fail", mechanism="m"), hung, cells=(TWO,)))
    assert (alone.outcome, alone.close) == (Outcome.FAIL, Close.HUNG)


def test_a_crawl_that_does_not_start_makes_its_cells_broken_at_once() -> None:
    done = settled({"type": "broken", "mechanism": "no-attribute-x", "detail": "no x", "exception": "Traceback"}, CLEAN)
    assert {(result.outcome, result.mechanism, result.close) for result in done.results} == {
        (Outcome.BROKEN, "no-attribute-x", None)
    }


def test_a_cell_on_another_loop_than_asked_for_is_misconfigured_whatever_it_gave() -> None:
    facts = {**FACTS, "loop": "asyncio.Loop"}
    done = settled(facts, cell(ONE), cell(TWO, "unsupported", mechanism="helper-missing"), CLEAN)
    first, second = done.results
    assert (first.outcome, first.mechanism) == (Outcome.MISCONFIGURED, "loop-not-as-asked")
    assert first.detail is not None
    assert "uvloop.Loop" in first.detail
    assert "asyncio.Loop" in first.detail
    assert second.outcome is Outcome.UNSUPPORTED


def test_a_place_whose_crawl_does_not_start_is_broken_where_no_crawl_does() -> None:
    failed = cell(ONE, "fail", mechanism="cannot-import-x")
    broken_line = {"type": "broken", "mechanism": "cannot-import-x", "detail": "d", "exception": "e"}
    first, second = settled(failed, broken_line, CLEAN).results
    assert (first.outcome, first.mechanism, first.close) == (Outcome.BROKEN, "cannot-import-x", None)
    assert (second.outcome, second.mechanism) == (Outcome.BROKEN, "cannot-import-x")
    # A crawl ran beside it: it is this one's own failure.
    assert settled(FACTS, failed, broken_line, CLEAN).results[0].outcome is Outcome.FAIL


def test_only_the_cell_that_is_blamed_closed_uncleanly() -> None:
    close = {"type": "close", "close": "unclean", "reasons": [], "suspected": [], "blamed": [["two", "direct", "boom"]]}
    first, second = settled(FACTS, cell(ONE), cell(TWO, "fail", mechanism="m"), close).results
    assert (first.close, second.close) == (Close.CLEAN, Close.UNCLEAN)
    assert second.evidence is not None
    assert "boom" in second.evidence.exception


def test_scenarios_suspected_of_an_unclean_close_run_again_alone() -> None:
    close = {"type": "close", "close": "unclean", "reasons": ["boom"], "suspected": ["two"], "blamed": []}
    done = settled(FACTS, cell(ONE), cell(TWO), close)
    assert (only(done).key.scenario, done.again_together, done.again_alone) == ("one", (), (TWO,))
    assert only(settled(FACTS, cell(TWO), close, cells=(TWO,))).close is Close.UNCLEAN


def test_where_nothing_points_to_a_scenario_each_runs_again_by_itself_first_then_each_of_its_cells() -> None:
    close = {"type": "close", "close": "unclean", "reasons": ["boom"], "suspected": ["one", "two"], "blamed": []}
    done = settled(FACTS, cell(ONE), cell(TWO), close)
    assert (done.results, done.again_together, done.again_alone) == ((), (ONE, TWO), ())
    other = ("two", "x")
    close["suspected"] = ["two"]
    done = settled(FACTS, cell(TWO), cell(other), close, cells=(TWO, other))
    assert (done.results, done.again_together, done.again_alone) == ((), (), (TWO, other))


lines = st.lists(
    st.one_of(
        st.builds(cell, st.sampled_from([ONE, TWO]), st.sampled_from(["pass", "fail", "hang", "unsupported"])),
        st.just(FACTS),
        st.just(CLEAN),
        st.just({"type": "close", "close": "hung", "reasons": ["late"], "blamed": [], "suspected": []}),
        st.just({"type": "broken", "mechanism": "m", "detail": "d", "exception": "e"}),
        st.just({"type": "end", "exit": 1, "signal": None, "killed": False}),
    ),
    max_size=8,
)


@given(lines)
def test_every_cell_has_one_result_or_runs_again_and_a_final_one_always_has_a_result(
    found: list[dict[str, Any]],
) -> None:
    done = settled(*found)
    dealt_with = [result.key[2:] for result in done.results] + list(done.again_alone) + list(done.again_together)
    assert sorted(dealt_with) == [ONE, TWO]
    assert only(settled(*found, cells=(ONE,), final=True)).key[2:] == ONE


def test_where_scrapy_does_not_import_every_cell_is_broken_for_the_same_reason() -> None:
    batch = Batch(number=0, lane=ASYNCIO, path=(), cells=(ONE, TWO))
    line = {"type": "broken", "mechanism": "no-module-cgi", "detail": "No module named 'cgi'", "exception": "Traceback"}
    results = broken(batch, line, "env", lambda lane, scenario: f"{lane}:{scenario}")
    assert [result.key.id for result in results] == ["env/asyncio-uvloop/one/direct", "env/asyncio-uvloop/two/direct"]
    assert {(result.outcome, result.mechanism, result.facts) for result in results} == {
        (Outcome.BROKEN, "no-module-cgi", None)
    }
