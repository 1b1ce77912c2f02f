"""What stops a helper, told by causes: by axes on which a change alone gives another result, where these tell it.

Cells that are stopped lie close together on many axes: where a plan moves two axes together, the smallest block that
holds them is bounded by the wrong one as often as by the right one. So only causes bound a block, as few as tell the
cells from the others; another axis does only where causes cannot tell them, and is named as not told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.minimal_pairs import CAUSES, PairCounts, PairLines, hides, result_of
from harness.model.known_cells import AXES, CellCoordinates, KnownCell
from harness.model.outcome import Outcome

_PLACES = AXES[:-1]
"""What can stop a helper: everything but the helper itself."""
_LANE = ("reactor", "loop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Cells in which something does not pass, and why."""

    why: str
    block: CellBlock
    """Bounded by causes. Cells in it that were stopped earlier, by something else, do not count."""
    cells: int
    example: str
    """The id of one of them, of the latest release."""
    untold: tuple[str, ...] = ()
    """Axes that bound the same as one another, and of which no pair of cells tells which it is."""


def reason_of(cell: KnownCell) -> str:
    """Return in one word why a cell does not pass."""
    return cell.mechanism or cell.outcome.value


def example_of(cells: Sequence[CellCoordinates], releases: Sequence[str]) -> str:
    """Return the id of one of some cells: the first of those of their latest release."""
    return max(cells, key=lambda at: releases.index(at.scrapy)).key.id


def obstacles_of(cells: Sequence[KnownCell], grid: CellGrid) -> tuple[int, tuple[Obstacle, ...]]:
    """Return how many of `cells` pass, and what stops the others, in blocks of `grid`, those with many cells first.

    Of each combination of the other axes there is one helper among `cells`.
    """
    reasons: dict[str, list[KnownCell]] = {}
    for cell in cells:
        if cell.outcome != Outcome.PASS:
            reasons.setdefault(reason_of(cell), []).append(cell)
    # Which helper it is asked of makes no other place.
    anywhere = [cell._replace(at=cell.at._replace(helper="")) for cell in cells]
    lines = PairLines(anywhere, set(CAUSES) - {"helper"})
    stops = [stop for why, stopped in reasons.items() for stop in _stops(why, stopped, cells, grid, lines)]
    return len(cells) - sum(map(len, reasons.values())), tuple(sorted(stops, key=lambda stop: (-stop.cells, stop.why)))


def _stops(
    why: str, stopped: Sequence[KnownCell], cells: Sequence[KnownCell], grid: CellGrid, lines: PairLines
) -> Iterator[Obstacle]:
    result = result_of(stopped[0])
    inside = [cell.at for cell in stopped]
    mine = set(inside)
    outside = [cell.at for cell in cells if cell.at not in mine and not hides(result, result_of(cell))]
    counts = lines.of_group(cell._replace(at=cell.at._replace(helper="")) for cell in stopped)
    bounds, untold = _bounds(inside, outside, {axis for axis in _PLACES if _is_cause(axis, counts)})

    def told(at: CellCoordinates) -> CellCoordinates:
        return CellCoordinates(*(value if axis in bounds else "" for axis, value in zip(AXES, at, strict=True)))

    places: dict[CellCoordinates, list[CellCoordinates]] = {}
    for at in inside:
        places.setdefault(told(at), []).append(at)
    orders: dict[str, Sequence[str]] = {
        axis: order for axis, order in zip(AXES, grid.orders, strict=True) if axis in bounds
    }
    small = CellGrid({*places, *map(told, outside)}, orders)
    helpers = tuple(helper for helper in grid.orders[-1] if any(at.helper == helper for at in inside))
    for block in small.fold(places):
        *values, _ = [
            block.of(axis) if axis in bounds else order for axis, order in zip(AXES, grid.orders, strict=True)
        ]
        held = [each for at in small.unfold(block) for each in places.get(at, ())]
        yield Obstacle(
            why=why, block=CellBlock((*values, helpers)), cells=len(held), untold=untold,
            example=example_of(held, grid.orders[AXES.index("scrapy")]),
        )  # fmt: skip


def _is_cause(axis: str, counts: Mapping[str, PairCounts]) -> bool:
    return any(counts[each].differ for each in (_LANE if axis == "lane" else (axis,)))


def _bounds(
    inside: Sequence[CellCoordinates], outside: Sequence[CellCoordinates], causes: set[str]
) -> tuple[set[str], tuple[str, ...]]:
    """Return the axes that tell some cells from others, causes before all else; and those that nothing tells apart."""
    bounds: list[str] = []
    untold: set[str] = set()
    left = _mixed(inside, outside, bounds)
    while left:
        candidates = [axis for axis in _PLACES if axis not in bounds]
        known = [axis for axis in candidates if axis in causes] or candidates
        after = {axis: _mixed(inside, outside, [*bounds, axis]) for axis in known}
        best = min(known, key=lambda axis: after[axis])
        if best not in causes:
            untold.update(axis for axis in known if after[axis] == after[best] < left)
        bounds.append(best)
        left = after[best]
    for axis in list(bounds):
        rest = [each for each in bounds if each != axis]
        if not _mixed(inside, outside, rest):
            bounds = rest
    return set(bounds), tuple(axis for axis in AXES if axis in untold) if untold.intersection(bounds) else ()


def _mixed(inside: Sequence[CellCoordinates], outside: Sequence[CellCoordinates], bounds: Sequence[str]) -> int:
    """Return how many cells outside cannot be told from some inside by these axes alone."""
    chosen = [AXES.index(axis) for axis in bounds]
    found = {tuple([at[place] for place in chosen]) for at in inside}
    return sum(tuple([at[place] for place in chosen]) in found for at in outside)
