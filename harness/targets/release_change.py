"""What changed for a target from one release of Scrapy to another, in pairs of cells that differ in nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from harness.model.outcome import Outcome
from harness.targets.checks import UNFORCED
from harness.targets.tried_cell import AS_IS, TriedCell


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCell:
    """Two cells of a target, alike but for the release of Scrapy, that do not give the same."""

    change: str
    """`regressed`, `fixed`, or `differs`: some of both."""
    check: str
    lane: str
    """`as is`: the suite as its author runs it."""
    python: str
    before: Outcome
    after: Outcome
    mechanism: str | None
    """Of the earlier cell where it is fixed, else of the later one."""
    detail: str | None
    tests: tuple[str, ...]
    """Tests that fail in one of them and not in the other, sorted."""
    cells: tuple[str, str]
    """Ids: before, after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChange:
    """What changed from one release to another."""

    before: str
    after: str
    changed: tuple[ChangedCell, ...]
    """Regressed first, then fixed, then what differs."""
    same: int
    """Pairs of cells that give the same."""
    alone: int
    """Cells that have no partner which said anything."""

    def count(self, change: str) -> int:
        """Return how many pairs changed in that way."""
        return sum(each.change == change for each in self.changed)


_ORDER = ("regressed", "fixed", "differs")


def changed_between(cells: Sequence[TriedCell], before: str, after: str, flaky: Collection[str] = ()) -> ReleaseChange:
    """Return what changed for a target from one release of Scrapy to another, both as in the ids of environments.

    `flaky`: ids of tests that change by themselves.
    """
    sides = [_by_place(cell for cell in cells if cell.environment.scrapy == release) for release in (before, after)]
    old, new = sides
    both = [place for place in new if place in old]
    changed = [found for place in both if (found := _compared(old[place], new[place], flaky)) is not None]
    return ReleaseChange(
        before=before,
        after=after,
        changed=tuple(sorted(changed, key=lambda each: (_ORDER.index(each.change), each.cells))),
        same=len(both) - len(changed),
        alone=len(old) + len(new) - 2 * len(both),
    )


def _by_place(cells: Iterable[TriedCell]) -> dict[tuple[str, ...], TriedCell]:
    return {
        (cell.environment.platform, cell.environment.python, cell.key.lane, cell.key.scenario): cell
        for cell in cells
        if cell.outcome.asked and not cell.outcome.incomplete
    }


def _compared(old: TriedCell, new: TriedCell, flaky: Collection[str]) -> ChangedCell | None:
    before, after = _failed(old) - set(flaky), _failed(new) - set(flaky)
    # What fails in the control too is no fault of a cell, and yet a change from one release to the other.
    worse = not new.outcome.works or bool(after - before)
    better = not old.outcome.works or bool(before - after)
    if (old.outcome.works, new.outcome.works) == (True, True) and before == after:
        return None
    if (old.outcome, old.mechanism) == (new.outcome, new.mechanism) and before == after:
        return None
    change = "differs" if worse == better else "regressed" if worse else "fixed"
    told = old if change == "fixed" else new
    return ChangedCell(
        change=change,
        check=new.key.scenario,
        lane=AS_IS if new.key.scenario in UNFORCED else new.key.lane,
        python=new.environment.python,
        before=old.outcome,
        after=new.outcome,
        mechanism=told.mechanism,
        detail=told.detail,
        tests=tuple(sorted(before ^ after)),
        cells=(old.key.id, new.key.id),
    )


def _failed(cell: TriedCell) -> frozenset[str]:
    tests = () if cell.suite is None else cell.suite.tests
    return frozenset(test.id for test in tests if test.outcome in {"failed", "error"})
