"""Many cells as few blocks: each block is every combination of some values of each axis.

A block may cover combinations that do not exist (a release on a Python that it does not allow): what it stands for
is the cells of the universe inside it. So ten thousand cells are a line, and unfolding gives exactly them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from harness.judge.cells import AXES, Coordinates

Mask: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"
"""One truth value for each combination of values, one dimension an axis."""

_GROWTHS = tuple(
    tuple(map(AXES.index, order))
    for order in (
        ("helper", "scenario", "lane", "python", "profile", "scrapy", "platform"),
        ("scrapy", "python", "profile", "platform", "lane", "scenario", "helper"),
    )
)
"""The orders in which blocks grow; which gives the larger ones depends on what the cells have in common."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some values of each axis, in the order of `AXES`; each axis' values in the order of the grid."""

    values: tuple[tuple[str, ...], ...]

    def of(self, axis: str) -> tuple[str, ...]:
        """The values of one axis."""
        return self.values[AXES.index(axis)]


class Grid:
    """The cells that there are, by their coordinates: what blocks are folded in."""

    def __init__(self, universe: Iterable[Coordinates], orders: Mapping[str, Sequence[str]] | None = None) -> None:
        """`orders`: values of an axis in the order in which they are to be told; others come as they are met."""
        cells = list(universe)
        self.orders: tuple[tuple[str, ...], ...] = tuple(
            tuple(dict.fromkeys([*(orders or {}).get(axis, ()), *(cell[index] for cell in cells)]))
            for index, axis in enumerate(AXES)
        )
        """The values of each axis, in the order of `AXES`."""
        self._places = [{value: place for place, value in enumerate(order)} for order in self.orders]
        self._universe = self._mask(cells)

    def fold(self, cells: Collection[Coordinates]) -> list[Block]:
        """Blocks that hold `cells` and no other cell of the grid, large ones first; no cell is in two.

        Raises `KeyError` for a cell with a value that the grid does not have.
        """
        left = self._mask(cells)
        forbidden = self._universe & ~left
        blocks = []
        while left.any():
            chosen = self._largest(forbidden, left)
            left[np.ix_(*chosen)] = False
            blocks.append(chosen)
            # Cells are told once: what one block has, no other may have.
            forbidden[np.ix_(*chosen)] |= self._universe[np.ix_(*chosen)]
        blocks.sort(key=lambda chosen: -int(self._universe[np.ix_(*chosen)].sum()))
        return [
            Block(
                tuple(
                    tuple(order[place] for place in places) for order, places in zip(self.orders, chosen, strict=True)
                )
            )
            for chosen in blocks
        ]

    def unfold(self, block: Block) -> list[Coordinates]:
        """The cells of the grid that a block stands for; values that the grid does not have stand for none."""
        chosen = [
            [places[value] for value in values if value in places]
            for places, values in zip(self._places, block.values, strict=True)
        ]
        inside = self._universe[np.ix_(*chosen)]
        return [
            Coordinates(*(self.orders[axis][chosen[axis][place]] for axis, place in enumerate(found)))
            for found in np.argwhere(inside)
        ]

    def unbound(self, block: Block) -> frozenset[str]:
        """Axes that need not be told: with all their values there would be no other cell in the block.

        Of axes that bound the same (this release has but one Python) one stays, that with the fewest values.
        """
        window = [
            [places[value] for value in values] for places, values in zip(self._places, block.values, strict=True)
        ]
        inside = int(self._universe[np.ix_(*window)].sum())
        found = []
        for axis in sorted(range(len(AXES)), key=lambda axis: -len(window[axis])):
            wider = [*window]
            wider[axis] = list(range(len(self.orders[axis])))
            if int(self._universe[np.ix_(*wider)].sum()) == inside:
                window = wider
                found.append(AXES[axis])
        return frozenset(found)

    def _mask(self, cells: Collection[Coordinates]) -> Mask:
        mask = np.zeros([len(order) for order in self.orders], dtype=np.bool_)
        if cells:
            columns = zip(self._places, zip(*cells, strict=True), strict=True)
            mask[tuple([places[value] for value in column] for places, column in columns)] = True
        return mask

    def _largest(self, forbidden: Mask, left: Mask) -> list[list[int]]:
        """The largest of the blocks around the first, the middle and the last cell left."""
        places = np.flatnonzero(left)
        starts = {int(places[position]) for position in (0, len(places) // 2, -1)}
        blocks = [self._grown(start, growth, forbidden, left) for start in sorted(starts) for growth in _GROWTHS]
        return max(blocks, key=lambda chosen: int(left[np.ix_(*chosen)].sum()))

    def _grown(self, start: int, growth: Sequence[int], forbidden: Mask, left: Mask) -> list[list[int]]:
        """The block around a cell, grown along one axis after the other as far as nothing forbidden is in it.

        A value is only taken where it brings in a cell that is still left: otherwise it would say nothing.
        """
        chosen = [[int(place)] for place in np.unravel_index(start, left.shape)]
        for axis in growth:
            others = tuple(other for other in range(len(AXES)) if other != axis)
            window = [*chosen]
            window[axis] = list(range(len(self.orders[axis])))
            bad = np.asarray(forbidden[np.ix_(*window)].any(axis=others))
            good = np.asarray(left[np.ix_(*window)].any(axis=others))
            chosen[axis] = [place for place in window[axis] if good[place] and not bad[place]]
        return chosen
