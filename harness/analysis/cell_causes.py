"""What, changed alone, changes the result of one cell; and what is not told apart, or was not tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.minimal_pairs import (
    CAUSES,
    NO_LOOP,
    AxisEffect,
    Point,
    Result,
    flips,
    hides,
    is_result,
    point_orders,
    result_of,
)
from harness.model.ids import LaneName
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import HELPER_MISSING, Outcome

_ASKED = ("helper", "scenario")
"""Axes on which there are only the cells that a plan asks for: not every scenario can be asked with every helper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisPairs:
    """The cells that differ from one cell on one axis only, nearest first."""

    axis: str
    effect: AxisEffect
    flips: tuple[KnownCell, ...]
    """They pass where the cell does not, or the other way round."""
    changes: tuple[KnownCell, ...]
    """They come as far and end in another way, and neither they nor the cell pass."""
    hidden: tuple[KnownCell, ...]
    """They are stopped earlier, by something else, and so say nothing of what stops the cell."""
    same: tuple[KnownCell, ...]
    untried: tuple[CellCoordinates, ...]
    """Cells with another value of the axis of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointChange:
    """A cell with another verdict that differs on several axes, none of which is known to do it alone."""

    cell: KnownCell
    suspects: tuple[str, ...]
    """Axes on which that change alone was not tried, or stopped by something else; empty: only all of them do it."""
    innocent: tuple[str, ...]
    """Axes on which that change was tried alone, and is not enough."""
    telling: tuple[CellCoordinates, ...]
    """Cells that would tell: that change on each suspect alone."""
    lacks_helper: bool = False
    """It is known to be Scrapy, of which a release lacks the helper: nothing is to be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCauses:
    """What is known of the causes of one cell's result."""

    cell: KnownCell
    axes: tuple[AxisPairs, ...]
    """All of them, in the order of `CAUSES`."""
    joint: tuple[JointChange, ...]
    """One for each set of axes, nearest first."""

    def of(self, effect: AxisEffect) -> tuple[AxisPairs, ...]:
        """Return the axes of which that is known."""
        return tuple(pairs for pairs in self.axes if pairs.effect is effect)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the axes of which the cell itself tells nothing."""
        silent = {AxisEffect.NOT_TRIED, AxisEffect.NOT_TOLD_APART}
        return tuple(pairs.axis for pairs in self.axes if pairs.effect in silent)


def causes_of_cell(cell: KnownCell, cells: Iterable[KnownCell]) -> CellCauses:
    """Return what `cells` tell of the causes of one cell's result; cells that tell nothing may be among them."""
    everything = list(cells)
    orders = point_orders([cell.at, *(other.at for other in everything)])
    asked = {Point.of(other.at) for other in everything}
    known = {Point.of(other.at): other for other in everything if is_result(other)}
    here = Point.of(cell.at)
    lanes = {LaneName.parse(other.at.lane): other.at.lane for other in (cell, *everything)}
    lanes = {LaneName(reactor, loop or NO_LOOP): lane for (reactor, loop), lane in lanes.items()}
    distance = {axis: {value: place for place, value in enumerate(orders[axis])} for axis in CAUSES}

    def far(point: Point) -> tuple[int, ...]:
        steps = [abs(distance[axis][value] - distance[axis][mine])
                 for axis, value, mine in zip(CAUSES, point, here, strict=True)]  # fmt: skip
        return (sum(map(bool, steps)), sum(steps), *steps)

    impossible = _impossible(everything)
    single: dict[str, list[KnownCell]] = {axis: [] for axis in CAUSES}
    joint: list[tuple[frozenset[str], KnownCell]] = []
    for point in sorted(known, key=far):
        different = here.differences(point)
        if len(different) == 1:
            single[next(iter(different))].append(known[point])
        elif len(different) > 1 and flips(cell, known[point]):
            joint.append((different, known[point]))
    told = tuple(_joint_changes(cell, joint, known, lanes))
    suspected = {axis for each in told for axis in each.suspects}
    axes = tuple(
        _axis_pairs(
            cell,
            axis,
            single[axis],
            untried=[
                at
                for at in _untried(here, axis, orders[axis], known, lanes)
                if (axis not in _ASKED or Point.of(at) in asked)
                and (at.scenario, at.scrapy, Point.of(at).reactor) not in impossible
            ],
            suspected=axis in suspected,
        )
        for axis in CAUSES
    )
    return CellCauses(cell=cell, axes=axes, joint=told)


def _impossible(cells: Iterable[KnownCell]) -> set[tuple[str, str, str]]:
    """Return the scenarios, releases and reactors that do not go together, which was known before anything ran."""
    results: dict[tuple[str, str, str], set[Result]] = {}
    for cell in cells:
        place = cell.at.scenario, cell.at.scrapy, LaneName.parse(cell.at.lane).reactor
        results.setdefault(place, set()).add(result_of(cell))
    return {place for place, found in results.items() if found == {(Outcome.UNSUPPORTED, None)}}


def _axis_pairs(
    cell: KnownCell, axis: str, others: Sequence[KnownCell], *, untried: Iterable[CellCoordinates], suspected: bool
) -> AxisPairs:
    flipped = tuple(other for other in others if flips(cell, other))
    same = tuple(other for other in others if result_of(other) == result_of(cell))
    rest = [other for other in others if other not in flipped and other not in same]
    changed = tuple(other for other in rest if not hides(result_of(cell), result_of(other)))
    hidden = tuple(other for other in rest if hides(result_of(cell), result_of(other)))
    if flipped:
        effect = AxisEffect.CAUSE
    elif suspected:
        effect = AxisEffect.NOT_TOLD_APART
    elif changed:
        effect = AxisEffect.CHANGES
    else:
        effect = AxisEffect.RULED_OUT if same else AxisEffect.NOT_TRIED
    return AxisPairs(
        axis=axis, effect=effect, flips=flipped, changes=changed, hidden=hidden, same=same, untried=tuple(untried)
    )


def _joint_changes(
    cell: KnownCell,
    joint: Sequence[tuple[frozenset[str], KnownCell]],
    known: Mapping[Point, KnownCell],
    lanes: Mapping[LaneName, str],
) -> Iterator[JointChange]:
    """Yield the nearest cell for each set of axes of which no smaller change is known to do the same."""
    here = Point.of(cell.at)
    seen: list[frozenset[str]] = []
    for different, other in joint:
        there = Point.of(other.at)
        if any(each <= different for each in seen) or _smaller_flips(cell, there, different, known):
            continue
        seen.append(different)
        alone = {axis: here._replace(**{axis: getattr(there, axis)}) for axis in CAUSES if axis in different}
        missing = "scrapy" in different and HELPER_MISSING in {cell.mechanism, other.mechanism}
        suspects = tuple(axis for axis, point in alone.items() if not missing and not _tells(cell, known.get(point)))
        yield JointChange(
            cell=other,
            suspects=suspects,
            innocent=tuple(axis for axis in alone if axis not in suspects),
            telling=tuple(
                at
                for axis in suspects
                if alone[axis] not in known and (at := _coordinates(alone[axis], lanes)) is not None
            ),
            lacks_helper=missing,
        )


def _tells(cell: KnownCell, other: KnownCell | None) -> bool:
    return other is not None and not hides(result_of(cell), result_of(other))


def _smaller_flips(cell: KnownCell, there: Point, different: frozenset[str], known: Mapping[Point, KnownCell]) -> bool:
    """Return whether a part of a change is known to do what all of it does."""
    here, axes = Point.of(cell.at), [axis for axis in CAUSES if axis in different]
    for number in range(1, 2 ** len(axes) - 1):
        part = {axis: getattr(there, axis) for place, axis in enumerate(axes) if number >> place & 1}
        found = known.get(here._replace(**part))
        if found is not None and flips(cell, found):
            return True
    return False


def _untried(
    here: Point,
    axis: str,
    values: Iterable[str],
    known: Mapping[Point, KnownCell],
    lanes: Mapping[LaneName, str],
) -> Iterator[CellCoordinates]:
    """Yield the cells with other values of an axis of which nothing is known, nearest first."""
    order = list(values)
    own = order.index(getattr(here, axis))
    for value in sorted(order, key=lambda value: abs(order.index(value) - own)):
        point = here._replace(**{axis: value})
        at = _coordinates(point, lanes)
        if point != here and point not in known and at is not None:
            yield at


def _coordinates(point: Point, lanes: Mapping[LaneName, str]) -> CellCoordinates | None:
    """Return where a point is; None where there is no such lane."""
    lane = lanes.get(LaneName(point.reactor, point.loop))
    if lane is None:
        return None
    return CellCoordinates(
        point.platform, point.python, point.scrapy, point.profile, lane, point.scenario, point.helper
    )
