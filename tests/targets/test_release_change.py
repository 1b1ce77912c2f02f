"""What changed for a target between two releases, in synthetic pairs of cells."""

from __future__ import annotations

import pytest

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.model.suite import SuiteReport, SuiteTest
from harness.targets.release_change import changed_between
from harness.targets.tried_cell import TriedCell

OLD, NEW = "2.18.0", "2.19.0"


def cell(scrapy: str, outcome: Outcome, *failed: str, python: str = "3.12", lane: str = "default") -> TriedCell:
    environment = f"linux-py{python}-scrapy{scrapy}-latest"
    bad = not outcome.works
    rows = tuple(SuiteTest(id=name, outcome="failed", seconds=0.1, message="", place="") for name in failed)
    suite = SuiteReport(
        tests=rows, counts={}, seconds=1.0, longest=0.5, reactor_choices=(), notes=(), deprecated=(), network=()
    )
    return TriedCell(
        key=CellKey(environment, lane, "try_suite", "none"),
        environment=EnvironmentId.parse(environment),
        outcome=outcome,
        mechanism="raised-value-error" if bad else None,
        detail="1 fail" if bad else "2 passed",
        suite=suite,
    )


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Outcome.PASS, Outcome.FAIL, "regressed"),
        (Outcome.PASS, Outcome.LOST_TESTS, "regressed"),
        (Outcome.FAIL, Outcome.PASS, "fixed"),
        (Outcome.FAIL, Outcome.FAILS_ANYWAY, "fixed"),
        (Outcome.FAIL, Outcome.HANG, "differs"),
        (Outcome.HANG, Outcome.CRASH, "differs"),
    ],
)
def test_a_pair_says_what_changed(before: Outcome, after: Outcome, change: str) -> None:
    found = changed_between([cell(OLD, before), cell(NEW, after)], OLD, NEW)
    (pair,) = found.changed
    assert (pair.change, pair.before, pair.after, found.same) == (change, before, after, 0)
    assert [OLD in pair.cells[0], NEW in pair.cells[1]] == [True, True]


def test_what_fails_alike_in_the_same_tests_is_the_same() -> None:
    found = changed_between([cell(OLD, Outcome.FAIL, "a"), cell(NEW, Outcome.FAIL, "a")], OLD, NEW)
    assert (found.changed, found.same) == ((), 1)


def test_the_tests_that_fail_on_one_side_alone_are_named() -> None:
    (pair,) = changed_between([cell(OLD, Outcome.FAIL, "a"), cell(NEW, Outcome.FAIL, "a", "b")], OLD, NEW).changed
    assert (pair.change, pair.tests) == ("differs", ("b",))


def test_a_test_that_fails_in_the_control_too_has_regressed_where_it_passed_before() -> None:
    (pair,) = changed_between([cell(OLD, Outcome.PASS), cell(NEW, Outcome.FAILS_ANYWAY, "a")], OLD, NEW).changed
    assert (pair.change, pair.tests) == ("regressed", ("a",))
    (pair,) = changed_between([cell(OLD, Outcome.FAILS_ANYWAY, "a"), cell(NEW, Outcome.PASS)], OLD, NEW).changed
    assert (pair.change, pair.tests) == ("fixed", ("a",))


def test_a_flaky_test_changes_nothing() -> None:
    cells = [cell(OLD, Outcome.PASS), cell(NEW, Outcome.PASS, "a")]
    assert changed_between(cells, OLD, NEW, {"a"}).changed == ()


def test_only_cells_that_differ_in_nothing_else_are_a_pair() -> None:
    cells = [
        cell(OLD, Outcome.PASS),
        cell(NEW, Outcome.FAIL, python="3.13"),
        cell(NEW, Outcome.FAIL, lane="asyncio-default"),
        cell("2.17.0", Outcome.FAIL),
    ]
    found = changed_between(cells, OLD, NEW)
    assert (found.changed, found.same, found.alone) == ((), 0, 3)


def test_a_cell_that_was_not_run_is_no_partner() -> None:
    found = changed_between([cell(OLD, Outcome.PASS), cell(NEW, Outcome.NOT_RUN)], OLD, NEW)
    assert (found.changed, found.alone) == ((), 1)


def test_regressions_come_first() -> None:
    cells = [
        *(cell(OLD, Outcome.FAIL), cell(NEW, Outcome.PASS)),
        *(cell(OLD, Outcome.PASS, lane="select"), cell(NEW, Outcome.FAIL, lane="select")),
    ]
    assert [pair.change for pair in changed_between(cells, OLD, NEW).changed] == ["regressed", "fixed"]
