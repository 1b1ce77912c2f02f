"""Causes by controlled comparison: what, changed alone, changes the result of a cell.

A *minimal pair* is two cells of which something is known, and which differ on one axis. An axis on which a pair differs
in its result is a cause of that result; an axis on which all pairs have one result is ruled out; of an axis without
pairs nothing is known, and what changes together with it is not told apart from it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from harness.analysis.axis_values import AxisValues
from harness.model.ids import LaneName
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome


class Point(NamedTuple):
    """Where a cell is, one field for each thing that can be changed alone; what is changed most easily comes first."""

    helper: str
    reactor: str
    loop: str
    """`default` also for a reactor that has no choice of loops."""
    profile: str
    scrapy: str
    python: str
    platform: str
    scenario: str

    @classmethod
    def of(cls, at: CellCoordinates) -> Point:
        """Return the point of a cell."""
        reactor, loop = LaneName.parse(at.lane)
        return cls(at.helper, reactor, loop or NO_LOOP, at.profile, at.scrapy, at.python, at.platform, at.scenario)

    def differences(self, other: Point) -> frozenset[str]:
        """Return the axes on which two points differ."""
        return frozenset(axis for axis, mine, its in zip(CAUSES, self, other, strict=True) if mine != its)


Result: TypeAlias = "tuple[Outcome, str | None]"
"""What is compared: the outcome and how it came to it."""
NO_LOOP = "default"
CAUSES = Point._fields
"""The axes that can be changed alone, as `Point` names them."""


class AxisEffect(Enum):
    """What is known of an axis: whether a change on it alone changes the result of a cell."""

    CAUSE = "cause"
    """Some change of it turns a cell that does not pass into one that does, or the other way round."""
    CHANGES = "changes"
    """Some change of it gives another result, and none turns failing into passing or the other way round."""
    RULED_OUT = "ruled-out"
    """Pairs along it exist, and all have the same result."""
    NOT_TOLD_APART = "not-told-apart"
    """It was changed only together with others."""
    NOT_TRIED = "not-tried"


def point_orders(cells: Iterable[CellCoordinates]) -> Mapping[str, Sequence[str]]:
    """Return the values of each axis that some cells have, in the order in which people read them."""
    axes = AxisValues.of(cells)
    reactors, loops = zip(*(LaneName.parse(lane) for lane in axes.lanes), strict=True) if axes.lanes else ((), ())
    split = {"reactor": reactors, "loop": [loop or NO_LOOP for loop in loops]}
    return {axis: list(dict.fromkeys(split.get(axis, axes.orders.get(axis, ())))) for axis in CAUSES}


def is_result(cell: KnownCell) -> bool:
    """Return whether a cell can be compared: something is known of it, and it is the same each time."""
    return not cell.outcome.silent and cell.outcome != Outcome.FLAKY


def result_of(cell: KnownCell) -> Result:
    """Return what is compared of a cell."""
    return cell.outcome, cell.mechanism


def hides(result: Result, other: Result) -> bool:
    """Return whether another cell was stopped before it came to what stops a cell, and so says nothing of that."""
    absent = other[0] == Outcome.UNSUPPORTED and result[0] != Outcome.UNSUPPORTED
    return absent or reached(other) < reached(result)


def reached(result: Result) -> int:
    """Return how far a cell came: to packages, to a crawl, to the lane it asks for, to its helper, to the await."""
    outcome, mechanism = result
    if outcome == Outcome.UNSUPPORTED:
        # Without a mechanism it was known from the plan, whatever the packages.
        return 0 if mechanism is None else 4
    if outcome.unusable:
        return 1 if outcome == Outcome.UNINSTALLABLE else 2
    return 5 if outcome.tried else 3


def flips(cell: KnownCell, other: KnownCell) -> bool:
    """Return whether one of two cells passes and the other does not."""
    return (cell.outcome == Outcome.PASS) is not (other.outcome == Outcome.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """How many minimal pairs with cells of a group there are along an axis."""

    differ: int
    same: int

    @property
    def effect(self) -> AxisEffect:
        """Return what the pairs say of the axis."""
        if self.differ:
            return AxisEffect.CAUSE
        return AxisEffect.RULED_OUT if self.same else AxisEffect.NOT_TRIED


class PairLines:
    """The results of cells along each axis: what the cells of a group are compared with, for any number of groups."""

    def __init__(self, cells: Iterable[KnownCell], axes: Collection[str] = CAUSES) -> None:
        """`axes`: those that are asked about."""
        points = [(Point.of(cell.at), result_of(cell)) for cell in cells if is_result(cell)]
        self._lines: dict[str, dict[tuple[str, ...], Counter[Result]]] = {}
        for place, axis in enumerate(CAUSES):
            if axis in axes:
                lines = self._lines[axis] = defaultdict(Counter)
                for point, result in points:
                    lines[point[:place] + point[place + 1 :]][result] += 1

    def of_group(self, group: Iterable[KnownCell]) -> Mapping[str, PairCounts]:
        """Return for each axis how many minimal pairs the cells of a group have, and how many differ."""
        asked = [(Point.of(cell.at), result_of(cell)) for cell in group if is_result(cell)]
        found = {}
        for axis, lines in self._lines.items():
            place = CAUSES.index(axis)
            differ = same = 0
            for point, result in asked:
                for other, count in lines.get(point[:place] + point[place + 1 :], {}).items():
                    if other == result:
                        same += count - 1
                    elif not hides(result, other):
                        differ += count
            found[axis] = PairCounts(differ=differ, same=max(same, 0))
        return found


def causes_of_group(
    group: Iterable[KnownCell], cells: Iterable[KnownCell], axes: Collection[str] = CAUSES
) -> Mapping[str, PairCounts]:
    """Return for each of some axes how many minimal pairs a group's cells have among `cells`, and how many differ."""
    return PairLines(cells, axes).of_group(group)
