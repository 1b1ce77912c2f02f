"""The pairs of axis values that cells have, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

from harness.model.ids import LaneName
from harness.plan.coverage import AxisPair, UncoveredPairs

AXES = ("platform", "python", "scrapy", "profile", "reactor", "loop", "scenario", "helper")
"""What a cell is made of. The first four are those of its environment, the next two those of its lane."""
PLACE_AXES = 6
"""How many of them say where a cell runs; the others say what it asks."""
NO_LOOP = "-"
"""The loop of a lane that names none."""

Pairs: TypeAlias = "frozenset[tuple[str, str]]"
QuestionValues: TypeAlias = "tuple[tuple[str, str], ...]"


class EnvironmentLane(NamedTuple):
    """One lane of one environment: the cells in it share a process."""

    environment: str
    lane: str


def lane_values(lane: str) -> tuple[str, str]:
    """Reactor and loop of a lane."""
    reactor, loop = LaneName.parse(lane)
    return reactor, loop or NO_LOOP


def pairs_of(cells: Iterable[tuple[Sequence[str], QuestionValues]]) -> dict[AxisPair, Pairs]:
    """The pairs of values that some cells have, by pair of axes in the order of `AXES`.

    The cells come by place: the values of its six axes, and the questions asked in it.
    """
    grouped: dict[QuestionValues, set[tuple[str, ...]]] = defaultdict(set)
    for at, questions in cells:
        if questions:
            grouped[questions].add(tuple(at))
    found: dict[AxisPair, set[tuple[str, str]]] = {axes: set() for axes in combinations(AXES, 2)}
    *place_axes, scenario, helper = AXES
    for questions, places in grouped.items():
        asked = {scenario: {name for name, _ in questions}, helper: {name for _, name in questions}}
        found[scenario, helper].update(questions)
        for number, axis in enumerate(place_axes):
            values = {place[number] for place in places}
            for of_question, names in asked.items():
                found[axis, of_question].update(product(values, names))
        for first, second in combinations(range(len(place_axes)), 2):
            found[place_axes[first], place_axes[second]].update((place[first], place[second]) for place in places)
    return {axes: frozenset(pairs) for axes, pairs in found.items()}


def folded(
    axes: AxisPair, pairs: Iterable[tuple[str, str]], orders: Mapping[str, Sequence[str]]
) -> list[UncoveredPairs]:
    """Pairs as few entries: values of one axis that go with the same values of the other are one."""
    found = set(pairs)
    both = [_folded(axes, found, orders, by=by) for by in (0, 1)]
    return min(both, key=len)


def _folded(
    axes: AxisPair, pairs: set[tuple[str, str]], orders: Mapping[str, Sequence[str]], *, by: int
) -> list[UncoveredPairs]:
    partners: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        partners[pair[by]].add(pair[1 - by])
    grouped: dict[tuple[str, ...], list[str]] = {}
    for value in (each for each in orders[axes[by]] if each in partners):
        others = tuple(each for each in orders[axes[1 - by]] if each in partners[value])
        grouped.setdefault(others, []).append(value)
    return [
        UncoveredPairs(axes=axes, first=tuple(values), second=others)
        if by == 0
        else UncoveredPairs(axes=axes, first=others, second=tuple(values))
        for others, values in grouped.items()
    ]
