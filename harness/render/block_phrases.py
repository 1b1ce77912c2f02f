"""Blocks of cells in words: `Scrapy 2.14-2.16 · Python 3.12 · asyncio-*`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from harness.analysis.axis_values import AxisValues, kind_of
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.minimal_pairs import NO_LOOP
from harness.model.ids import LaneName
from harness.render.cell_phrases import EVERYWHERE, NOT_TOLD_APART, CellPhrases
from harness.scenarios.parse import NO_HELPER

_AXES = ("platform", "scrapy", "python", "profile", "lane", "scenario", "helper")


class BlockText:
    """Writes blocks of a grid without mark-up; what bounds nothing is not said."""

    def __init__(self, grid: CellGrid, axes: AxisValues) -> None:
        """`axes`: those of all cells of the grid."""
        self._grid = grid
        self._axes = axes
        self._where = CellPhrases(axes, str)
        self._labels = dict(zip(axes.releases, axes.scrapys, strict=True))

    def write(self, block: CellBlock, axes: Collection[str] = _AXES) -> str:
        """Return where the cells of a block lie, told by some axes or by all; with what is not told apart as that."""
        parts = []
        for group in sorted(self._grid.bounding(block), key=lambda group: _AXES.index(group[0])):
            told = [self.axis(axis, block.of(axis)) for axis in group if axis in axes]
            if told:
                parts.append(" or ".join(told) + (NOT_TOLD_APART if len(told) > 1 else ""))
        return " · ".join(parts) or EVERYWHERE

    def axis(self, axis: str, values: Iterable[str]) -> str:
        """Return the values of one axis in words."""
        if axis == "lane":
            return self._lanes(set(values))
        text = self._where.write(axis, [self._labels[value] for value in values] if axis == "scrapy" else values)
        return "no helper" if (axis, text) == ("helper", NO_HELPER) else text

    def lane_part(self, axis: str, lanes: Iterable[str]) -> str:
        """Return the reactors of some lanes, or their loops."""
        wanted = set(lanes)
        named = _REACTOR_OR_LOOP[axis]
        kinds = dict.fromkeys(kind_of(lane) for lane in self._axes.lanes if lane in wanted)
        if axis == "reactor" and all(
            named(lane) in map(named, wanted) for lane in self._axes.lanes if kind_of(lane) in kinds
        ):
            return f"reactor {' or '.join(kinds)}"
        return f"{axis} {' or '.join(dict.fromkeys(named(lane) for lane in self._axes.lanes if lane in wanted))}"

    def _lanes(self, wanted: set[str]) -> str:
        """By kinds of reactor or by loops where that says it, else by name."""
        lanes = self._axes.lanes
        for noun, of in (("reactor", kind_of), ("loop", _loop_of)):
            names = dict.fromkeys(of(lane) for lane in lanes if lane in wanted)
            if "" not in names and wanted == {lane for lane in lanes if of(lane) in names}:
                return f"{noun} {' or '.join(names)}"
        return self._where.lanes(wanted)


_REACTOR_OR_LOOP: Mapping[str, Callable[[str], str]] = {
    "reactor": lambda lane: LaneName.parse(lane).reactor,
    "loop": lambda lane: LaneName.parse(lane).loop or NO_LOOP,
}


def _loop_of(lane: str) -> str:
    """`uvloop` of `asyncio-uvloop`; empty where there is none."""
    return LaneName.parse(lane).loop or ""
