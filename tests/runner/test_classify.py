"""From what a process reported to results and suspects: a pure function, so every case is spelled out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult
from harness.runner.classify import BatchVerdict, broken, classify
from harness.runner.wire import (
    FLOODED,
    SILENT,
    BatchOutcome,
    BrokenReport,
    CellReport,
    CloseReport,
    DamagedLineError,
    EndReport,
    FactsReport,
    Message,
    UnusableReport,
    add,
)
from harness.runner.work import Batch, Cell, LaneSpec

ASYNCIO = LaneSpec(name="asyncio-uvloop", settings={}, reactorless=False, reactor=("a.Reactor",), loop=("uvloop.Loop",))
FACTS = FactsReport(reactor="a.Reactor", loop="uvloop.Loop", policy="a.Policy")
CLEAN = CloseReport(close=Close.CLEAN, reasons=[], blamed=[], suspected=[])
HUNG = CloseReport(close=Close.HUNG, reasons=["late"], blamed=[], suspected=[])
BROKEN = BrokenReport(mechanism="m", detail="d", exception="e")
ONE, TWO = ("one", "direct"), ("two", "direct")


def cell(name: Cell, outcome: str = "pass", **more: Any) -> CellReport:
    return CellReport(scenario=name[0], helper=name[1], outcome=Outcome(outcome), seconds=0.1, **more)


def end(code: int | None = None, signal: int | None = None, killed: str | None = None) -> EndReport:
    return EndReport(batch=0, exit=code, signal=signal, killed=killed, stdout="", stderr="")


def settled(
    *messages: Message, cells: tuple[Cell, ...] = (ONE, TWO), final: bool = False, damage: str | None = None
) -> BatchVerdict:
    outcome = BatchOutcome(damage=damage)
    batch = Batch(number=0, lane=ASYNCIO, path=(), cells=cells)
    for message in messages:
        # What is not of the batch is refused; see test_outcomes.py.
        with suppress(DamagedLineError):
            add(outcome, batch, message)
    return classify(
        batch, outcome, environment="env", fingerprint=lambda lane, scenario: f"{lane}:{scenario}", final=final
    )


def only(settled: BatchVerdict) -> CellResult:
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
    done = settled(FACTS, cell(ONE), cell(TWO, "hang", mechanism="never-resumed", stacks="proof"), HUNG)
    assert (done.results, done.again_alone, done.again_together) == ((), (TWO,), (ONE,))


def test_a_hang_that_was_alone_is_recorded_with_its_proof() -> None:
    line = cell(TWO, "hang", mechanism="never-resumed", stacks="proof")
    result = only(settled(FACTS, line, HUNG, cells=(TWO,), final=True))
    assert (result.outcome, result.close, result.isolated) == (Outcome.HANG, Close.HUNG, True)
    assert result.evidence is not None
    assert result.evidence.stacks == "proof"


def test_nothing_is_believed_of_a_process_that_died() -> None:
    done = settled(FACTS, cell(ONE), end(signal=11))
    assert (done.results, done.again_alone, done.again_together) == ((), (), (ONE, TWO))


@pytest.mark.parametrize(
    ("ended", "outcome", "mechanism"),
    [
        (end(signal=11), Outcome.CRASH, "signal-SIGSEGV"),
        (end(7), Outcome.CRASH, "exit-7"),
        (end(0xC0000005), Outcome.CRASH, "exit-STATUS_ACCESS_VIOLATION"),
        (end(0xC0000123), Outcome.CRASH, "exit-0xC0000123"),
        (end(0), Outcome.CRASH, "no-outcome"),
        (end(signal=9, killed=SILENT), Outcome.HANG, "killed"),
        (end(signal=250), Outcome.CRASH, "signal-250"),
        (end(signal=9, killed=FLOODED), Outcome.CRASH, "outcomes-flood"),
    ],
)
def test_the_end_of_a_process_without_a_word_says_what_happened(
    ended: EndReport, outcome: Outcome, mechanism: str
) -> None:
    result = only(settled(FACTS, ended, cells=(ONE,), final=True))
    assert (result.outcome, result.mechanism) == (outcome, mechanism)


def test_a_crawl_that_hangs_when_all_have_finished_is_looked_into() -> None:
    done = settled(FACTS, cell(ONE), cell(TWO, "fail", mechanism="m"), HUNG)
    assert (done.results, done.again_alone, done.again_together) == ((), (), (ONE, TWO))
    alone = only(settled(FACTS, cell(TWO, "fail", mechanism="m"), HUNG, cells=(TWO,)))
    assert (alone.outcome, alone.close) == (Outcome.FAIL, Close.HUNG)


def test_a_crawl_that_does_not_start_makes_its_cells_broken_at_once() -> None:
    done = settled(BrokenReport(mechanism="no-attribute-x", detail="no x", exception="Traceback"), CLEAN)
    assert {(result.outcome, result.mechanism, result.close) for result in done.results} == {
        (Outcome.BROKEN, "no-attribute-x", None)
    }


def test_a_cell_on_another_loop_than_asked_for_is_misconfigured_whatever_it_gave() -> None:
    facts = msgspec.structs.replace(FACTS, loop="asyncio.Loop")
    done = settled(facts, cell(ONE), cell(TWO, "unsupported", mechanism="helper-missing"), CLEAN)
    first, second = done.results
    assert (first.outcome, first.mechanism) == (Outcome.MISCONFIGURED, "loop-not-as-asked")
    assert first.detail is not None
    assert "uvloop.Loop" in first.detail
    assert "asyncio.Loop" in first.detail
    assert second.outcome is Outcome.UNSUPPORTED


def test_a_place_whose_crawl_does_not_start_is_broken_where_no_crawl_does() -> None:
    failed = cell(ONE, "fail", mechanism="cannot-import-x")
    broken_line = msgspec.structs.replace(BROKEN, mechanism="cannot-import-x")
    first, second = settled(failed, broken_line, CLEAN).results
    assert (first.outcome, first.mechanism, first.close) == (Outcome.BROKEN, "cannot-import-x", None)
    assert (second.outcome, second.mechanism) == (Outcome.BROKEN, "cannot-import-x")
    # A crawl ran beside it: it is this one's own failure.
    assert settled(FACTS, failed, broken_line, CLEAN).results[0].outcome is Outcome.FAIL


def test_only_the_cell_that_is_blamed_closed_uncleanly() -> None:
    close = CloseReport(close=Close.UNCLEAN, reasons=[], suspected=[], blamed=[("two", "direct", "boom")])
    first, second = settled(FACTS, cell(ONE), cell(TWO, "fail", mechanism="m"), close).results
    assert (first.close, second.close) == (Close.CLEAN, Close.UNCLEAN)
    assert second.evidence is not None
    assert "boom" in second.evidence.exception


def test_scenarios_suspected_of_an_unclean_close_run_again_alone() -> None:
    close = CloseReport(close=Close.UNCLEAN, reasons=["boom"], suspected=["two"], blamed=[])
    done = settled(FACTS, cell(ONE), cell(TWO), close)
    assert (only(done).key.scenario, done.again_together, done.again_alone) == ("one", (), (TWO,))
    assert only(settled(FACTS, cell(TWO), close, cells=(TWO,))).close is Close.UNCLEAN


def test_where_nothing_points_to_a_scenario_each_runs_again_by_itself_first_then_each_of_its_cells() -> None:
    close = CloseReport(close=Close.UNCLEAN, reasons=["boom"], suspected=["one", "two"], blamed=[])
    done = settled(FACTS, cell(ONE), cell(TWO), close)
    assert (done.results, done.again_together, done.again_alone) == ((), (ONE, TWO), ())
    other = ("two", "x")
    close = msgspec.structs.replace(close, suspected=["two"])
    done = settled(FACTS, cell(TWO), cell(other), close, cells=(TWO, other))
    assert (done.results, done.again_together, done.again_alone) == ((), (), (TWO, other))


lines = st.lists(
    st.one_of(
        st.builds(cell, st.sampled_from([ONE, TWO]), st.sampled_from(["pass", "fail", "hang", "unsupported"])),
        st.just(FACTS),
        st.just(CLEAN),
        st.just(HUNG),
        st.just(BROKEN),
        st.just(end(1)),
    ),
    max_size=8,
)


@given(lines)
def test_every_cell_has_one_result_or_runs_again_and_a_final_one_always_has_a_result(
    found: list[Message],
) -> None:
    done = settled(*found)
    dealt_with = [result.key[2:] for result in done.results] + list(done.again_alone) + list(done.again_together)
    assert sorted(dealt_with) == [ONE, TWO]
    assert only(settled(*found, cells=(ONE,), final=True)).key[2:] == ONE


def test_where_scrapy_does_not_import_every_cell_is_broken_for_the_same_reason() -> None:
    batch = Batch(number=0, lane=ASYNCIO, path=(), cells=(ONE, TWO))
    said = UnusableReport(mechanism="no-module-cgi", detail="No module named 'cgi'", exception="Traceback")
    results = broken(batch, said, "env", lambda lane, scenario: f"{lane}:{scenario}")
    assert [result.key.id for result in results] == ["env/asyncio-uvloop/one/direct", "env/asyncio-uvloop/two/direct"]
    assert {(result.outcome, result.mechanism, result.facts) for result in results} == {
        (Outcome.BROKEN, "no-module-cgi", None)
    }


def test_nothing_of_a_damaged_batch_is_believed_and_what_is_damaged_alone_is_a_crash_that_says_so() -> None:
    done = settled(FACTS, cell(ONE), cell(TWO), CLEAN, damage="two lines are about one/direct")
    assert (done.results, done.again_together, done.again_alone) == ((), (ONE, TWO), ())
    result = only(settled(FACTS, cell(ONE), CLEAN, cells=(ONE,), final=True, damage="two lines are about one/direct"))
    assert (result.outcome, result.mechanism) == (Outcome.CRASH, "damaged-outcomes")
    assert result.detail is not None
    assert "two lines are about one/direct" in result.detail
