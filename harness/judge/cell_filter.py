"""Which cells are meant: some values of some axes, written as the filters of the command line are.

`CellFilter` says yes or no to the coordinates of a cell; `FilterIndex` finds those of many that say yes, for hundreds
of thousands of cells in a second, since it asks each of them about a value only once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Generic, TypeVar

from packaging.version import InvalidVersion, Version

from harness.infra.toml_errors import RefusedError, suggestion
from harness.matrix.versions import any_matches, parse_patterns
from harness.model.known_cells import AXES, Axis, CellCoordinates

VERSIONED = frozenset({"python", "scrapy"})
"""Axes whose values are versions: those of the others are names."""

Versions = Mapping[str, "Version | None"]
"""What ranges compare with, by value, where the value itself is no version: a direct reference to Scrapy."""


class AxisFilter:
    """Values of an axis: versions and ranges for Python and Scrapy, else shell globs, `!` before one left out."""

    def __init__(self, axis: str, texts: Sequence[str], versions: Versions | None = None) -> None:
        """`ValueError` for a version that is none."""
        self.axis = axis
        self.texts = tuple(texts)
        self._patterns = parse_patterns(texts) if axis in VERSIONED else None
        self._versions = versions or {}
        self._answers: dict[str, bool] = {}

    def has(self, value: str) -> bool:
        """Return whether it holds a value."""
        answer = self._answers.get(value)
        if answer is None:
            answer = self._answers[value] = self._matches(value)
        return answer

    def _matches(self, value: str) -> bool:
        if self._patterns is None:
            asked = [fnmatchcase(value, glob) for glob in self.texts if glob[0] != "!"] or [True]
            return any(asked) and not any(fnmatchcase(value, glob[1:]) for glob in self.texts if glob[0] == "!")
        return any_matches(self._patterns, value, self._versions.get(value) or _version(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AxisFilter) and (self.axis, self.texts) == (other.axis, other.texts)

    def __hash__(self) -> int:
        return hash((self.axis, self.texts))

    def __repr__(self) -> str:
        return f"{self.axis} {', '.join(self.texts)}"


@lru_cache(maxsize=1000)
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Choices that must all hold; none at all: every cell. An axis may have more than one."""

    choices: tuple[AxisFilter, ...] = ()

    def has(self, at: CellCoordinates) -> bool:
        """Return whether a cell is meant."""
        return all(choice.has(getattr(at, choice.axis)) for choice in self.choices)


def make_cell_filter(
    texts: Mapping[Axis, Sequence[str]],
    versions: Versions | None = None,
    *,
    known: Mapping[str, Sequence[str]] | None = None,
    sets: Mapping[str, Sequence[str]] | None = None,
) -> CellFilter:
    """Return the filter that the texts of each axis are; `@name` stands for one of `sets`.

    With `known`, the values that each axis has, a text that none of them fits is refused. `RefusedError` names the axis
    and what would be right.
    """
    choices = []
    for axis in AXES:
        several = _expanded(axis, texts.get(axis, ()), sets or {})
        if not several:
            continue
        # Only a version can be wrong in itself; a name is wrong where it is not known.
        for text in several if axis in VERSIONED or known is not None else ():
            try:
                each = AxisFilter(axis, (text if axis in VERSIONED else text.removeprefix("!"),), versions)
            except ValueError as error:
                raise RefusedError(axis, cause=str(error), action="write 2.13, '>=2.11' or '>=2.4,<2.9'") from None
            if known is not None and not any(map(each.has, known[axis])):
                raise RefusedError(axis, cause=f"{text!r} is unknown", action=suggestion(text, known[axis]))
        choices.append(AxisFilter(axis, several, versions))
    return CellFilter(tuple(choices))


def _expanded(axis: str, texts: Sequence[str], sets: Mapping[str, Sequence[str]]) -> list[str]:
    expanded: list[str] = []
    for text in texts:
        if text.startswith("@") and text[1:] not in sets:
            raise RefusedError(axis, cause=f"there is no set {text[1:]!r}", action=suggestion(text[1:], sets))
        expanded += sets[text[1:]] if text.startswith("@") else [text]
    return expanded


Leaf = TypeVar("Leaf")


class FilterIndex(Generic[Leaf]):
    """Finds which of many `CellFilter` hold for a cell."""

    def __init__(self, wheres: Sequence[CellFilter], leaf: Callable[[tuple[int, ...]], Leaf]) -> None:
        """`leaf` makes of the numbers of those that hold what `to` is to give, once for equal ones."""
        self._choices: list[dict[str, list[AxisFilter]]] = [
            {axis: [each for each in where.choices if each.axis == axis] for axis in AXES} for where in wheres
        ]
        self._leaf = leaf
        self._leaves: dict[tuple[int, ...], Leaf] = {}
        self._lanes: dict[tuple[int, ...], _Lane[Leaf]] = {}
        self._environments: dict[tuple[str, ...], _Lanes[Leaf]] = {}
        self._alike: dict[tuple[int, ...], _Lanes[Leaf]] = {}

    def to(self, at: CellCoordinates) -> Leaf:
        """Return what `leaf` made for the cell there."""
        lane = self.lane(at[:4], at[4])
        pair = at[5:]
        found = lane.leaves.get(pair)
        if found is None:
            numbers = lane.by_scenario.get(pair[0])
            if numbers is None:
                numbers = lane.by_scenario[pair[0]] = self._holding(lane.numbers, "scenario", pair[0])
            found = lane.leaves[pair] = self._made(self._holding(numbers, "helper", pair[1]))
        return found

    def lane(self, environment: tuple[str, str, str, str], name: str) -> _Lane[Leaf]:
        """Return a lane of an environment; one object for those that are alike to all of them."""
        lanes = self._environments.get(environment)
        if lanes is None:
            numbers = tuple(range(len(self._choices)))
            for axis, value in zip(AXES, environment, strict=False):
                numbers = self._holding(numbers, axis, value)
            lanes = self._environments[environment] = self._alike.setdefault(numbers, _Lanes(numbers))
        lane = lanes.by_name.get(name)
        if lane is None:
            numbers = self._holding(lanes.numbers, "lane", name)
            lane = lanes.by_name[name] = self._lanes.setdefault(numbers, _Lane(numbers))
        return lane

    def _holding(self, numbers: tuple[int, ...], axis: str, value: str) -> tuple[int, ...]:
        """Those of `numbers` that hold for a value of an axis."""
        found = []
        for number in numbers:
            for choice in self._choices[number][axis]:
                if not choice.has(value):
                    break
            else:
                found.append(number)
        return tuple(found)

    def _made(self, numbers: tuple[int, ...]) -> Leaf:
        if numbers not in self._leaves:
            self._leaves[numbers] = self._leaf(numbers)
        return self._leaves[numbers]


class _Lanes(Generic[Leaf]):
    """The lanes of environments that are alike."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        self.numbers = numbers
        """Those that hold for platform, Python, Scrapy and profile."""
        self.by_name: dict[str, _Lane[Leaf]] = {}


class _Lane(Generic[Leaf]):
    """Lanes that are alike."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        self.numbers = numbers
        """Those that hold for the lane, too."""
        self.by_scenario: dict[str, tuple[int, ...]] = {}
        """Those that hold for a scenario, too."""
        self.leaves: dict[tuple[str, ...], Leaf] = {}
        """By scenario and helper."""
