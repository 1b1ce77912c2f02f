"""harness.judge.announced: a run beside what claims and baseline announce of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from harness.judge.accepting import accepting
from harness.judge.announced import announced
from harness.judge.baseline import Accepted, made_baseline
from harness.judge.cells import Coordinates, Known
from harness.judge.changes import Change, Diff, Side, compare
from harness.judge.verdicts import Judge
from harness.results import Outcome
from tests.judged import AWAITS, claims_of
from tests.knowing import EVERY, known, runs

slowly = settings(deadline=None, max_examples=30)
UNIVERSE = {"linux": EVERY}


def side(cells: list[Known]) -> Side:
    return Side(name="cells", cells=cells, versions={})


def beside(judge: Judge, cells: list[Known]) -> Diff:
    found = announced(judge, cells, UNIVERSE)
    return compare(side(found.baseline), side(found.run))


def accepted_from(cells: list[Known]) -> Judge:
    return Judge((), {"linux": accepting(Judge(()), cells, EVERY, "linux", {})})


def changes(diff: Diff) -> set[tuple[object, ...]]:
    return {(cell, found.change, found.before, found.after) for found in diff.ranges
            for cell in diff.grid.unfold(found.block)}  # fmt: skip


@pytest.mark.slow
@slowly
@given(runs)
def test_a_run_differs_in_nothing_from_the_baseline_accepted_from_it(cells: list[Known]) -> None:
    assert beside(accepted_from(cells), cells).ranges == ()


@pytest.mark.slow
@slowly
@given(runs, runs)
def test_what_differs_from_a_baseline_is_what_differs_from_the_run_it_was_accepted_from(
    some: list[Known], others: list[Known]
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
def test_the_difference_the_other_way_round_is_the_mirror_image(some: list[Known], others: list[Known]) -> None:
    found = announced(accepted_from(some), others, UNIVERSE)
    there = changes(compare(side(found.baseline), side(found.run)))
    back = changes(compare(side(found.run), side(found.baseline)))
    assert {(cell, before, after) for cell, _, before, after in there} == {
        (cell, before, after) for cell, _, after, before in back
    }


AT = Coordinates("linux", "3.12", "2.13.4", "latest", "asyncio-default", "callback_pending", "direct")
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
    tmp_path: Path, cell: Known, expected: tuple[Change, Outcome | None, str | None] | None
) -> None:
    diff = beside(Judge(claims_of(tmp_path, AWAITS), {"linux": made_baseline("linux", {}, EVERY, known=[])}), [cell])
    (found,) = diff.ranges or [None]
    told = found and (found.change, *(found.before[:2] if found.before else (None, None)))
    assert told == expected


def test_an_environment_that_no_longer_starts_is_newly_unrunnable_beside_what_was_accepted_of_it() -> None:
    baseline = made_baseline("linux", {AT: Accepted(Outcome.FAIL, "wrong-value")}, EVERY, known=[AT])
    judge = Judge((), {"linux": baseline})
    (found,) = beside(judge, [known(AT, Outcome.BROKEN, "no-module-cgi")]).ranges
    assert (found.change, found.before, found.cells) == (
        Change.UNRUNNABLE,
        (Outcome.FAIL, "wrong-value", None, None),
        1,
    )


def test_a_cell_that_the_baseline_is_about_and_the_run_has_not_is_gone(tmp_path: Path) -> None:
    judge = Judge(claims_of(tmp_path, AWAITS))
    made = accepting(judge, [known(AT, Outcome.FAIL, YIELD)], EVERY, "linux", {})
    assert made.entries == ()  # The claims say as much.
    (gone,) = beside(Judge(judge.claims, {"linux": made}), []).ranges
    assert (gone.change, gone.cells) == (Change.GONE, 1)
