"""Which helper to write: which pass in every measured cell of a range, which in none, what stops the others where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.judge.axes import Axes
from harness.judge.cells import Coordinates, Known
from harness.judge.compat import TRIED, is_hopeless
from harness.judge.folding import Block, Grid
from harness.results import Outcome
from harness.scenarios import NO_HELPER

PREFERRED = (
    *("direct", "maybe_deferred_to_future", "ensure_awaitable", "deferred_to_future"),
    *("copied_maybe_deferred_to_future", "as_future", "copied_deferred_to_future"),
)
"""Helpers in the order in which one of several that work is advised: the shortest first, what Scrapy has before
a copy of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Cells in which something does not pass, and why."""

    why: str
    block: Block
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the range says of one helper."""

    helper: str
    passed: int
    stops: tuple[Stop, ...]
    """Empty: it passes in every cell."""

    @property
    def cells(self) -> int:
        """All cells of the helper."""
        return self.passed + sum(stop.cells for stop in self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Neighbouring releases with what to write there; None: no helper passes in all of their cells."""

    helper: str | None
    releases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to write in a range of cells."""

    standings: tuple[Standing, ...]
    segments: tuple[Segment, ...]
    """What to write, the latest releases first; one segment: one helper will do."""
    left_out: Counter[str]
    """Scenarios that no helper passes in some environments and lanes, with the cells there."""
    silent: Counter[Outcome]
    """Cells of the range in which nothing was tried, by outcome."""
    grid: Grid
    axes: Axes


def advise(cells: Iterable[Known]) -> Advice:
    """The advice for some cells."""
    asked = [cell for cell in cells if cell.at.helper != NO_HELPER]
    questions: dict[tuple[str, ...], list[Known]] = {}
    for cell in asked:
        questions.setdefault(cell.at[:6], []).append(cell)
    telling: list[Known] = []
    left_out: Counter[str] = Counter()
    silent: Counter[Outcome] = Counter()
    for question, found in questions.items():
        if is_hopeless(found):
            left_out[question[5]] += len(found)
        elif all(cell.outcome not in TRIED for cell in found):
            silent.update(cell.outcome for cell in found)
        else:
            telling += found
    axes = Axes.of(cell.at for cell in telling)
    grid = Grid([cell.at for cell in telling], axes.orders)
    standings = tuple(
        Standing(helper=helper, passed=passed, stops=stops)
        for helper in sorted(axes.helpers, key=_preference)
        for passed, stops in [stops_of([cell for cell in telling if cell.at.helper == helper], grid)]
    )
    segments = tuple(_segments(telling, axes.releases))
    return Advice(standings=standings, segments=segments, left_out=left_out, silent=silent, grid=grid, axes=axes)


def stops_of(cells: Sequence[Known], grid: Grid) -> tuple[int, tuple[Stop, ...]]:
    """How many of `cells` pass, and what stops the others, folded in `grid`."""
    reasons: dict[str, list[Coordinates]] = {}
    for cell in cells:
        if cell.outcome != Outcome.PASS:
            reasons.setdefault(cell.mechanism or cell.outcome.value, []).append(cell.at)
    stops = [
        Stop(why=why, block=block, cells=len(grid.unfold(block)))
        for why, stopped in reasons.items()
        for block in grid.fold(stopped)
    ]
    return len(cells) - sum(map(len, reasons.values())), tuple(sorted(stops, key=lambda stop: (-stop.cells, stop.why)))


def _segments(cells: Iterable[Known], releases: Sequence[str]) -> Iterable[Segment]:
    """From the latest release on, each time the helper that goes on for most releases."""
    good: dict[str, set[str]] = {}
    bad: dict[str, set[str]] = {}
    for cell in cells:
        kept = good if cell.outcome == Outcome.PASS else bad
        kept.setdefault(cell.at.helper, set()).add(cell.at.scrapy)
    able: Mapping[str, set[str]] = {helper: good[helper] - bad.get(helper, set()) for helper in good}
    left = list(releases)
    while left:
        runs = {helper: _run(left, able[helper]) for helper in sorted(able, key=_preference)}
        best = max(runs, key=lambda helper: runs[helper], default=None)
        if best is None or not runs[best]:
            best, length = None, next(
                (count for count in range(1, len(left)) if any(left[-count - 1] in each for each in able.values())),
                len(left),
            )  # fmt: skip
        else:
            length = runs[best]
        yield Segment(helper=best, releases=tuple(left[-length:]))
        del left[-length:]


def _run(releases: Sequence[str], able: set[str]) -> int:
    """How many of the last releases are in `able`."""
    return next((count for count, release in enumerate(reversed(releases)) if release not in able), len(releases))


def _preference(helper: str) -> tuple[int, str]:
    return (PREFERRED.index(helper) if helper in PREFERRED else len(PREFERRED)), helper
