"""Says in words which of some cells are meant: `Scrapy 2.0-2.5 · asyncio-* · scenario callback_shared`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.analysis.cell_blocks import CellGrid
from harness.analysis.minimal_pairs import CAUSES, causes_of_group
from harness.analysis.ranges import fold
from harness.infra.text import code, plural
from harness.model.ids import LaneName
from harness.model.known_cells import CellCoordinates, KnownCell

AXES = ("platform", "scrapy", "python", "profile", "lane", "scenario")
EVERYWHERE = "everywhere"
_LISTED = 4
_PLACES = 3
"""So many places are told one by one; what lies in more is told as a share."""
NOT_TOLD_APART = " (not told apart)"
_PLACE_OF = {axis: place for place, axis in enumerate(CellCoordinates._fields)}
_SECONDARY = ("profile", "python", "platform")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPlace:
    """Where some cells lie among others."""

    text: str
    """Empty: everywhere."""
    inside: int
    """How many of the others lie there too, the cells themselves counted."""


class AxisNames(Protocol):
    """The names on each axis, in their order: a view has them, and so have the values of some cells."""

    @property
    def platforms(self) -> Sequence[str]:
        """Of platforms."""

    @property
    def scrapys(self) -> Sequence[str]:
        """Of releases of Scrapy, oldest first."""

    @property
    def pythons(self) -> Sequence[str]:
        """Of Pythons."""

    @property
    def profiles(self) -> Sequence[str]:
        """Of profiles."""

    @property
    def lanes(self) -> Sequence[str]:
        """Of lanes."""

    @property
    def scenarios(self) -> Sequence[str]:
        """Of scenarios."""

    @property
    def helpers(self) -> Sequence[str]:
        """Of helpers."""


class CellPhrases:
    """Knows the axes of a view."""

    def __init__(self, view: AxisNames, quote: Callable[[str], str] = code) -> None:
        """Take the order of releases, Pythons and lanes from the view; `quote` writes a name."""
        self._view, self._quote = view, quote
        self._writers: dict[str, Callable[[Iterable[str]], str]] = {
            "platform": lambda values: self._listed(values, view.platforms, "platforms"),
            "scrapy": self.scrapy,
            "python": self.python,
            "profile": lambda values: self._listed(values, view.profiles, "profiles"),
            "lane": self.lanes,
            "scenario": lambda values: self._listed(values, view.scenarios, "scenarios"),
            "helper": lambda values: self._listed(values, view.helpers, "helpers"),
        }

    @property
    def scrapys(self) -> Sequence[str]:
        """All releases, oldest first."""
        return self._view.scrapys

    def scrapy(self, values: Iterable[str], among: Sequence[str] | None = None) -> str:
        """Return `Scrapy 2.0-2.5`; ranges run over the releases `among` which the values were chosen, or all."""
        return f"Scrapy {fold(values, self._view.scrapys if among is None else among)}"

    def python(self, values: Iterable[str], among: Collection[str] | None = None) -> str:
        """Return `Python 3.6-3.9, pypy3.11`; ranges run over the Pythons `among` which values were chosen, or all."""
        wanted, order = set(values), [each for each in self._view.pythons if among is None or each in among]
        numbered = [each for each in order if each[:1].isdigit()]
        others = [each for each in order if each in wanted and each not in numbered]
        return ", ".join(["Python " + fold(wanted.difference(others), numbered)] * (len(wanted) > len(others)) + others)

    def lanes(self, values: Iterable[str], among: Iterable[str] | None = None) -> str:
        """Return `epoll, asyncio-*`: a star where all lanes of that reactor are there (of `among`, or of the plan)."""
        wanted, everything = set(values), list(self._view.lanes if among is None else among)
        parts: list[str] = []
        for reactor in dict.fromkeys(LaneName.parse(lane).reactor for lane in everything):
            lanes = [lane for lane in everything if LaneName.parse(lane).reactor == reactor]
            inside = [lane for lane in lanes if lane in wanted]
            if len(inside) == len(lanes) > 1:
                parts.append(self._quote(f"{reactor}-*"))
            else:
                parts += [self._quote(lane) for lane in inside]
        return ", ".join(parts)

    def write(self, axis: str, values: Iterable[str]) -> str:
        """Return the values of one axis in words."""
        return self._writers[axis](values)

    def place(
        self,
        cells: Sequence[KnownCell],
        among: Sequence[KnownCell],
        axes: Sequence[str] = AXES,
        asked: Sequence[str] | None = None,
    ) -> CellPlace:
        """Return where `cells`, which are some of `among`, differ from the others.

        Ranges of releases run over those `asked`, or over all.
        """
        bounds: dict[int, set[object]] = {}
        for index in map(CellCoordinates._fields.index, axes):
            values = {cell.at[index] for cell in cells}
            if len(values) < len({cell.at[index] for cell in among}):
                bounds[index] = set(values)
        inside = _count(among, bounds)
        # What follows from the other bounds is not said: the fewer words, the clearer. What minimal pairs show stays.
        # Of release and profile, or release and Python, where no pair tells, it is the release that people think in.
        every = bounds
        choice = any(_count(among, _without(bounds, index)) == inside for index in bounds)
        shown = _shown(cells, among, bounds) if choice else bounds
        for index in sorted(
            bounds,
            key=lambda index: (index in shown, CellCoordinates._fields[index] not in _SECONDARY, -len(bounds[index])),
        ):
            fewer = _without(bounds, index)
            if _count(among, fewer) == inside:
                bounds = fewer
        parts = []
        for index in bounds:
            rest = _without(bounds, index)
            same = [] if index in shown else [
                other for other, values in every.items()
                if other not in bounds and other not in shown and _count(among, {**rest, other: values}) == inside
            ]  # fmt: skip
            told = [
                self._within(CellCoordinates._fields[other], map(str, every[other]), asked) for other in (index, *same)
            ]
            parts.append(" or ".join(told) + (NOT_TOLD_APART if same else ""))
        return CellPlace(text=" · ".join(parts), inside=inside)

    def exact(
        self,
        cells: Sequence[KnownCell],
        among: Sequence[KnownCell],
        axes: Sequence[str] = AXES,
        asked: Sequence[str] | None = None,
    ) -> str | None:
        """Return where just `cells` lie among others, in a few places: `A or B`; None where that takes too many."""
        place = self.place(cells, among, axes, asked)
        if place.inside == len(cells):
            return place.text or EVERYWHERE
        grid = CellGrid(cell.at for cell in among)
        blocks = grid.few([cell.at for cell in cells], _PLACES)
        if blocks is None:
            return None
        told = []
        for block in blocks:
            bounding = {group[0] for group in grid.bounding(block)}
            told.append([self._within(axis, block.of(axis), asked) for axis in axes if axis in bounding])
        return " or ".join(map(" · ".join, told))

    def _within(self, axis: str, values: Iterable[str], asked: Sequence[str] | None) -> str:
        return self.scrapy(values, asked) if axis == "scrapy" else self.write(axis, values)

    def _listed(self, values: Iterable[str], order: Sequence[str], noun: str) -> str:
        wanted = set(values)
        inside = [value for value in order if value in wanted]
        if len(inside) <= _LISTED:
            return ", ".join(map(self._quote, inside))
        if len(inside) == len(order):
            return f"all {plural(len(order), noun[:-1])}"
        outside = [value for value in order if value not in wanted]
        if len(outside) <= _LISTED:
            return f"all {noun} but {', '.join(map(self._quote, outside))}"
        return f"{plural(len(inside), noun[:-1])} of {len(order)}"


def _without(bounds: Mapping[int, set[object]], index: int) -> dict[int, set[object]]:
    return {other: values for other, values in bounds.items() if other != index}


def _shown(cells: Sequence[KnownCell], among: Sequence[KnownCell], bounds: Collection[int]) -> frozenset[int]:
    """Return those axes on which a change alone leads from the cells to other results."""
    lane = CellCoordinates._fields.index("lane")
    places = {axis: _PLACE_OF.get(axis, lane) for axis in CAUSES}
    asked = [axis for axis, place in places.items() if place in bounds]
    return frozenset(places[axis] for axis, counts in causes_of_group(cells, among, asked).items() if counts.differ)


def _count(cells: Sequence[KnownCell], bounds: Mapping[int, Collection[object]]) -> int:
    return sum(all(cell.at[index] in values for index, values in bounds.items()) for cell in cells)
