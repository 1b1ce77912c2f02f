"""Many cells as few blocks: each block is every combination of some values of each axis.

A block may cover combinations that do not exist (a release on a Python that it does not allow): what it stands for
is the cells of the universe inside it. So ten thousand cells are a line, and unfolding gives exactly them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from harness.model.known_cells import AXES, Axis, CellCoordinates

_GROWTHS = tuple(
    tuple(map(AXES.index, order))
    for order in (
        ("helper", "scenario", "lane", "python", "profile", "scrapy", "platform"),
        ("scrapy", "python", "profile", "platform", "lane", "scenario", "helper"),
    )
)
"""The orders in which blocks grow; which gives the larger ones depends on what the cells have in common."""


@dataclass(frozen=True, slots=True)
class CellBlock:
    """Some values of each axis, in the order of `AXES`; each axis' values in the order of the grid."""

    values: tuple[tuple[str, ...], ...]

    def of(self, axis: str) -> tuple[str, ...]:
        """Return the values of one axis."""
        return self.values[AXES.index(axis)]


class CellGrid:
    """The cells that there are, by their coordinates: what blocks are folded in."""

    def __init__(self, universe: Iterable[CellCoordinates], orders: Mapping[str, Sequence[str]] | None = None) -> None:
        """`orders`: values of an axis in the order in which they are to be told; others come as they are met."""
        from harness.analysis.cell_sets import CellSets

        cells = list(universe)
        self.orders: tuple[tuple[str, ...], ...] = tuple(
            tuple(dict.fromkeys([*(orders or {}).get(axis, ()), *(cell[index] for cell in cells)]))
            for index, axis in enumerate(AXES)
        )
        """The values of each axis, in the order of `AXES`."""
        self._places = [{value: place for place, value in enumerate(order)} for order in self.orders]
        self._masks = CellSets([len(order) for order in self.orders], self._columns(cells), _GROWTHS)

    def fold(self, cells: Collection[CellCoordinates]) -> list[CellBlock]:
        """Return blocks that hold `cells` and no other cell of the grid, large ones first; no cell is in two.

        Raises `KeyError` for a cell with a value that the grid does not have.
        """
        return list(map(self._block, self._masks.fold(self._columns(cells))))

    def few(self, cells: Collection[CellCoordinates], most: int) -> list[CellBlock] | None:
        """Return the same where that takes no more than `most` blocks; None where it takes more."""
        found = list(islice(self._masks.blocks(self._columns(cells)), most + 1))
        return list(map(self._block, found)) if len(found) <= most else None

    def unfold(self, block: CellBlock) -> list[CellCoordinates]:
        """Return the cells of the grid that a block stands for; values that the grid does not have stand for none."""
        window = [
            [places[value] for value in values if value in places]
            for places, values in zip(self._places, block.values, strict=True)
        ]
        return [
            CellCoordinates(*(order[place] for order, place in zip(self.orders, found, strict=True)))
            for found in self._masks.unfold(window)
        ]

    def bounding(self, block: CellBlock) -> list[tuple[Axis, ...]]:
        """Return what has to be told of a block, so that it is just the cells that it is: one axis each.

        Several axes stand for one where the cells do not tell them apart (this release has but one Python): a bound on
        any of them leaves the same cells. The first is that with the fewest values. Raises `KeyError` for a value that
        the grid does not have.
        """
        window = [
            [places[value] for value in values] for places, values in zip(self._places, block.values, strict=True)
        ]
        return [tuple(AXES[axis] for axis in axes) for axes in self._masks.bounding(window)]

    def _block(self, chosen: Sequence[Sequence[int]]) -> CellBlock:
        named = (tuple(order[place] for place in places) for order, places in zip(self.orders, chosen, strict=True))
        return CellBlock(tuple(named))

    def _columns(self, cells: Iterable[CellCoordinates]) -> list[list[int]]:
        """Return the places of the cells' values, a list an axis; empty where there is no cell."""
        columns = zip(self._places, zip(*cells, strict=True), strict=False)
        return [[places[value] for value in column] for places, column in columns]
