"""Finds the block of cells that a next rule should be about: the one that puts most cells right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

Numbers: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"
Flags: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"
Box: TypeAlias = "tuple[Flags, ...]"
"""For each axis which of its values are in."""

_SWEEPS = 8
_DEARER = 1
"""What a cell that a rule puts wrong weighs against one that it puts right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """The axes of a table."""

    sizes: tuple[int, ...]
    """Number of values of each axis."""
    ordered: tuple[int, ...]
    """How many values at the beginning of each axis have an order, of which a rule takes a range; 0: any values."""


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A box, and by how much fewer cells are wrong with a rule about it."""

    box: Box
    gain: int


def best_box(codes: Numbers, positive: Flags, negative: Flags, shape: TableShape) -> FoundBox | None:
    """Return the box with most `positive` cells less `negative` ones, of those reached from some good starts.

    `codes`: one row a cell, the number of its value on each axis. None where there is no positive cell.
    """
    hull = _hull(codes[positive], shape)
    if hull is None:
        return None
    relevant = np.flatnonzero((positive | negative) & inside(codes, hull))
    rows, weights = codes[relevant], np.where(positive[relevant], 1, -_DEARER).astype(np.int64)
    found = [_ascent(rows, weights, start, shape) for start in _starts(codes[positive], hull, shape)]
    return max(found, key=lambda each: (each.gain, sum(int(flags.sum()) for flags in each.box)))


def inside(codes: Numbers, box: Box) -> Flags:
    """Return which cells are in a box."""
    found = np.ones(len(codes), dtype=np.bool_)
    for axis, flags in enumerate(box):
        if not flags.all():
            found &= flags[codes[:, axis]]
    return found


def _hull(rows: Numbers, shape: TableShape) -> Box | None:
    if not len(rows):
        return None
    box = []
    for axis, size in enumerate(shape.sizes):
        flags = np.bincount(rows[:, axis], minlength=size) > 0
        ordered = np.flatnonzero(flags[: shape.ordered[axis]])
        if len(ordered):
            flags[ordered[0] : ordered[-1] + 1] = True
        box.append(flags)
    return tuple(box)


def _starts(positives: Numbers, hull: Box, shape: TableShape) -> list[Box]:
    """Everything, the first positive cell, and for each axis the value with most positives."""
    # From one cell there is always something to gain.
    starts = [hull, _hull(positives[:1], shape) or hull]
    for axis, size in enumerate(shape.sizes):
        if hull[axis].sum() > 1:
            best = int(np.argmax(np.bincount(positives[:, axis], minlength=size)))
            only = np.zeros(size, dtype=np.bool_)
            only[best] = True
            starts.append((*hull[:axis], only, *hull[axis + 1 :]))
    return starts


def _ascent(rows: Numbers, weights: Numbers, start: Box, shape: TableShape) -> FoundBox:
    """Chooses the best values of one axis after the other, until nothing gets better."""
    box = list(start)
    inner = np.stack([flags[rows[:, axis]] for axis, flags in enumerate(box)])
    best = -len(rows)
    for _ in range(_SWEEPS):
        before = best
        # The axis with most values last: what it may take depends on all others.
        for axis in sorted(range(len(box)), key=lambda axis: (start[axis].sum() > 1, shape.sizes[axis])):
            others = inner.sum(axis=0) - inner[axis] == len(box) - 1
            scores = np.bincount(rows[others, axis], weights[others], minlength=shape.sizes[axis]).astype(np.int64)
            flags = _chosen(scores, shape.ordered[axis])
            gain = int(scores[flags].sum())
            if gain >= best:
                best, box[axis] = gain, flags
                inner[axis] = flags[rows[:, axis]]
        if best == before:
            break
    return FoundBox(tuple(box), best)


def _chosen(scores: Numbers, ordered: int) -> Flags:
    """Return the values worth taking, at least one: of ordered ones the best range, of others each that gains."""
    flags = scores > 0
    if not flags.any():
        flags[np.argmax(scores)] = True
        return flags
    if ordered and flags[:ordered].any():
        first, last = _best_range(scores[:ordered])
        flags[:ordered] = False
        flags[first : last + 1] = True
    return flags


def _best_range(scores: Sequence[int] | Numbers) -> tuple[int, int]:
    """First and last place of the neighbours with the greatest sum."""
    best, found, total, start = 0, (0, 0), 0, 0
    for place, score in enumerate(scores):
        if total <= 0:
            total, start = 0, place
        total += int(score)
        if total > best:
            best, found = total, (start, place)
    return found
