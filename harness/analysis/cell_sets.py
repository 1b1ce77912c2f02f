"""Truth values over all combinations of some axes' values, and blocks of them; values are places on their axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

Mask: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"
"""One truth value for each combination of values, one dimension an axis."""
Columns = Sequence[list[int]]
"""Combinations, each axis' places in a list of their own; empty: none."""
Window = Sequence[Sequence[int]]
"""Some places on each axis."""


class CellSets:
    """The combinations that there are; the others are in no block."""

    def __init__(self, shape: Sequence[int], cells: Columns, growths: Sequence[Sequence[int]]) -> None:
        """`shape`: number of values on each axis; `growths`: orders of axes in which blocks grow."""
        self._shape = tuple(shape)
        self._growths = growths
        self._universe = self._mask(cells)

    def fold(self, cells: Columns) -> list[list[list[int]]]:
        """Return blocks of `cells` and no other combination that there is, large ones first; no cell is in two."""
        return sorted(self.blocks(cells), key=lambda chosen: -self._inside(chosen))

    def blocks(self, cells: Columns) -> Iterator[list[list[int]]]:
        """Return the same blocks as they are found."""
        left = self._mask(cells)
        forbidden = self._universe & ~left
        while left.any():
            chosen = self._largest(forbidden, left)
            left[np.ix_(*chosen)] = False
            # Cells are told once: what one block has, no other may have.
            forbidden[np.ix_(*chosen)] |= self._universe[np.ix_(*chosen)]
            yield chosen

    def unfold(self, window: Window) -> Iterator[list[int]]:
        """Return the combinations that there are in a block."""
        for found in np.argwhere(self._universe[np.ix_(*window)]):
            yield [window[axis][place] for axis, place in enumerate(found)]

    def unbound(self, window: Window) -> Iterator[int]:
        """Return axes that need not be told: with all their values there would be no other combination in the block.

        Of axes that bound the same one stays, that with the fewest values.
        """
        inside = self._inside(window)
        for axis in sorted(range(len(self._shape)), key=lambda axis: -len(window[axis])):
            wider = [*window]
            wider[axis] = range(self._shape[axis])
            if self._inside(wider) == inside:
                window = wider
                yield axis

    def bounding(self, window: Window) -> list[list[int]]:
        """Return the axes that bound a block: of each the axis to tell, then those that would do in its place.

        Only axes along which no combination lies just outside of the block can stand for one another.
        """
        unbound = set(self.unbound(window))
        wide = [range(size) if axis in unbound else window[axis] for axis, size in enumerate(self._shape)]
        others = [axis for axis in sorted(unbound) if len(window[axis]) < self._shape[axis]]
        inside = self._inside(window)

        def would_do(axis: int, other: int) -> bool:
            swapped = [*wide]
            swapped[axis], swapped[other] = range(self._shape[axis]), window[other]
            return self._inside(swapped) == inside

        bounding = [axis for axis in range(len(self._shape)) if axis not in unbound]
        return [[axis, *(other for other in others if would_do(axis, other))] for axis in bounding]

    def _inside(self, window: Window) -> int:
        return int(self._universe[np.ix_(*window)].sum())

    def _mask(self, cells: Columns) -> Mask:
        mask = np.zeros(self._shape, dtype=np.bool_)
        if cells:
            mask[tuple(cells)] = True
        return mask

    def _largest(self, forbidden: Mask, left: Mask) -> list[list[int]]:
        """Return the largest of the blocks around the first, the middle and the last cell left."""
        places = np.flatnonzero(left)
        starts = {int(places[position]) for position in (0, len(places) // 2, -1)}
        blocks = [self._grown(start, growth, forbidden, left) for start in sorted(starts) for growth in self._growths]
        return max(blocks, key=lambda chosen: int(left[np.ix_(*chosen)].sum()))

    def _grown(self, start: int, growth: Iterable[int], forbidden: Mask, left: Mask) -> list[list[int]]:
        """Return the block around a cell, grown along one axis after the other as far as nothing forbidden is in it.

        A value is only taken where it brings in a cell that is still left: otherwise it would say nothing.
        """
        chosen = [[int(place)] for place in np.unravel_index(start, left.shape)]
        for axis in growth:
            others = tuple(other for other in range(len(self._shape)) if other != axis)
            window = [*chosen]
            window[axis] = list(range(self._shape[axis]))
            bad = np.asarray(forbidden[np.ix_(*window)].any(axis=others))
            good = np.asarray(left[np.ix_(*window)].any(axis=others))
            chosen[axis] = [place for place in window[axis] if good[place] and not bad[place]]
        return chosen
