"""harness.judge.expected_side: a run beside what claims and baseline announce of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from harness.analysis.change_factors import RunSide
from harness.analysis.run_diff import Change, Diff, compare
from harness.judge.baseline_file import AcceptedResult, made_baseline
from harness.judge.baseline_writer import accept_cells
from harness.judge.expected_side import expected_side
from harness.judge.verdict import Judge
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from tests.support.claim_fixture import AWAITS, claims_of
from tests.support.known_cells import EVERY, known, runs

slowly = settings(deadline=None, max_examples=30)
UNIVERSE = {"linux": EVERY}


def side(cells: list[KnownCell]) -> RunSide:
    return RunSide(name="cells", cells=cells, versions={})


def beside(judge: Judge, cells: list[KnownCell]) -> Diff:
    found = expected_side(judge, cells, UNIVERSE)
    return compare(side(found.baseline), side(found.run))


def accepted_from(cells: list[KnownCell]) -> Judge:
    return Judge((), {"linux": accept_cells(Judge(()), cells, EVERY, "linux", {})})


def changes(diff: Diff) -> set[tuple[object, ...]]:
    return {(cell, found.change, found.before, found.after) for found in diff.ranges
            for cell in diff.grid.unfold(found.block)}  # fmt: skip


@pytest.mark.slow
@slowly
@given(runs)
def test_a_run_differs_in_nothing_from_the_baseline_accepted_from_it(cells: list[KnownCell]) -> None:
    assert beside(accepted_from(cells), cells).ranges == ()


@pytest.mark.slow
@slowly
@given(runs, runs)
def test_what_differs_from_a_baseline_is_what_differs_from_the_run_it_was_accepted_from(
    some: list[KnownCell], others: list[KnownCell]
) -> None:
    told = changes(beside(accepted_from(some), others))
    # A baseline knows of no loops, and of no cells that a plan rules out.
    silent = {cell.at for cell in (*some, *others) if (cell.outcome, cell.mechanism) == (Outcome.UNSUPPORTED, None)}
    between = changes(compare(side(some), side(others)))
    assert {each for each in told if each[0] not in silent} == {
        each for each in between if each[0] not in silent and each[1] is not Change.FACTS
    }


@pytest.mark.slow
@slowly
@given(runs, runs)
def test_the_difference_the_other_way_round_is_the_mirror_image(some: list[KnownCell], others: list[KnownCell]) -> None:
    found = expected_side(accepted_from(some), others, UNIVERSE)
    there = changes(compare(side(found.baseline), side(found.run)))
    back = changes(compare(side(found.run), side(found.baseline)))
    assert {(cell, before, after) for cell, _, before, after in there} == {
        (cell, before, after) for cell, _, after, before in back
    }


AT = CellCoordinates("linux", "3.12", "2.13.4", "latest", "asyncio-default", "callback_pending", "direct")
YIELD = "task-got-bad-yield"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (known(AT, Outcome.FAIL, YIELD), None),
        (known(AT, Outcome.PASS), (Change.FIXED, Outcome.FAIL, YIELD)),
        (known(AT, Outcome.FAIL, "wrong-value"), (Change.MECHANISM, Outcome.FAIL, YIELD)),
        (known(AT._replace(lane="none-default"), Outcome.PASS), (Change.NEW, None, None)),
        (known(AT, Outcome.NOT_RUN), None),
    ],
)
def test_what_a_claim_announces_is_the_baselines_side(
    tmp_path: Path, cell: KnownCell, expected: tuple[Change, Outcome | None, str | None] | None
) -> None:
    diff = beside(Judge(claims_of(tmp_path, AWAITS), {"linux": made_baseline("linux", {}, EVERY, known=[])}), [cell])
    (found,) = diff.ranges or [None]
    told = found and (found.change, *(found.before[:2] if found.before else (None, None)))
    assert told == expected


def test_an_environment_that_no_longer_starts_is_newly_unrunnable_beside_what_was_accepted_of_it() -> None:
    baseline = made_baseline("linux", {AT: AcceptedResult(Outcome.FAIL, "wrong-value")}, EVERY, known=[AT])
    judge = Judge((), {"linux": baseline})
    (found,) = beside(judge, [known(AT, Outcome.BROKEN, "no-module-cgi")]).ranges
    assert (found.change, found.before, found.cells) == (
        Change.UNRUNNABLE,
        (Outcome.FAIL, "wrong-value", None, None),
        1,
    )


def test_a_cell_that_the_baseline_is_about_and_the_run_has_not_is_gone(tmp_path: Path) -> None:
    judge = Judge(claims_of(tmp_path, AWAITS))
    made = accept_cells(judge, [known(AT, Outcome.FAIL, YIELD)], EVERY, "linux", {})
    assert made.entries == ()  # The claims say as much.
    (gone,) = beside(Judge(judge.claims, {"linux": made}), []).ranges
    assert (gone.change, gone.cells) == (Change.GONE, 1)
