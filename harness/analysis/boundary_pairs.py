"""The pair of cells behind a change of support: what shows that it is Scrapy, changed alone, that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome

_MOVABLE = ("python", "profile", "scenario", "helper")
"""Axes besides Scrapy on which cells of one lane and platform can differ."""


class BoundaryAnswer(Enum):
    """What the cells say of a change between neighbouring releases."""

    PAIR = "pair"
    """Two cells that differ in the Scrapy release alone: one passes, the other does not."""
    AXES_MOVED = "axes-moved-along"
    """The nearest pair of cells, one of which passes, differs on other axes, too."""
    NONE_TRIED_BEFORE = "none-tried-before"
    """No older release has a cell that could be tried; one whose packages are broken was not."""
    NO_FLIP = "no-flip"
    """No cell of one side passes where one of the other side does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryPair:
    """What shows a change of support, or why nothing does."""

    answer: BoundaryAnswer
    passes: str = ""
    """Id of the cell that passes."""
    fails: str = ""
    """Id of the cell that does not."""
    moved: tuple[str, ...] = ()
    """Axes besides Scrapy on which the two differ."""


def boundary_pair(older: Iterable[KnownCell], newer: Iterable[KnownCell], *, passes_newer: bool | None) -> BoundaryPair:
    """Return the nearest pair across a change; the newest release of `older` comes last, the oldest of `newer` first.

    `passes_newer`: which side has to pass; None: any.
    """
    last = [cell for cell in older if _says_something(cell)][::-1]
    first = [cell for cell in newer if _says_something(cell)]
    for count in range(len(_MOVABLE) + 1):
        for moved in combinations(_MOVABLE, count):
            kept = [axis for axis in _MOVABLE if axis not in moved]
            for upward in (True, False) if passes_newer is None else (passes_newer,):
                pair = _nearest(last, first, kept, upward=upward)
                if pair:
                    answer = BoundaryAnswer.AXES_MOVED if moved else BoundaryAnswer.PAIR
                    passes, fails = (cell.at.key.id for cell in pair)
                    return BoundaryPair(answer=answer, passes=passes, fails=fails, moved=moved)
    return BoundaryPair(answer=BoundaryAnswer.NO_FLIP)


def _says_something(cell: KnownCell) -> bool:
    """Return whether support is judged by a cell: what is broken or was not run is no evidence."""
    return cell.outcome.tried or cell.outcome == Outcome.UNSUPPORTED


def _nearest(
    last: Sequence[KnownCell], first: Sequence[KnownCell], kept: Sequence[str], *, upward: bool
) -> tuple[KnownCell, KnownCell] | None:
    """Return the nearest cells, nearest first on each side, that agree on some axes: one that passes, one that not."""
    olds: dict[tuple[str, ...], KnownCell] = {}
    for cell in last:
        if (cell.outcome == Outcome.PASS) is not upward:
            olds.setdefault(_values(cell, kept), cell)
    for new in first:
        if (new.outcome == Outcome.PASS) is upward and (old := olds.get(_values(new, kept))):
            # `hides` need not be asked: a cell that passes came as far as there is to come, so it hides nothing.
            return (new, old) if upward else (old, new)
    return None


def _values(cell: KnownCell, axes: Sequence[str]) -> tuple[str, ...]:
    return tuple(getattr(cell.at, axis) for axis in axes)
