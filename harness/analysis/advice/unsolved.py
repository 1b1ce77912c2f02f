"""Where no helper passes: in which scenarios, in which releases, with which kinds of reactors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.advice.obstacles import example_of, reason_of
from harness.analysis.advice.version_ranges import Part
from harness.analysis.axis_values import KINDS, AxisValues, kind_of
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.minimal_pairs import reached, result_of
from harness.model.known_cells import CellCoordinates, KnownCell


@dataclass(frozen=True, slots=True, kw_only=True)
class HopelessRange:
    """Neighbouring releases in which no helper passes in any place of some scenarios."""

    releases: tuple[str, ...]
    """As people read them."""
    reactors: tuple[str, ...]
    """The kinds of reactors; empty: with every one that was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsolvedScenario:
    """A scenario that no helper passes in some environments and lanes."""

    scenario: str
    places: int
    """How many those are."""
    why: Counter[str]
    """What stops the helper there that comes furthest, with the number of places."""
    example: str
    """The id of a cell that it stops, of the latest release."""
    stuck: tuple[CellBlock, ...]
    """Where that is; empty unless everything was asked for, as what follows."""
    passing: tuple[CellBlock, ...]
    """Where some helper does pass."""
    grid: CellGrid
    """The questions of the scenario, as cells without helper; unfolds the blocks."""
    axes: AxisValues


class StuckParts:
    """Where no helper passes."""

    def __init__(self, cells: Mapping[str, Sequence[KnownCell]], asked: AxisValues) -> None:
        """`cells`: by scenario."""
        self._parts = {
            scenario: {(cell.at.scrapy, kind_of(cell.at.lane)) for cell in found} for scenario, found in cells.items()
        }
        self._asked = asked

    def parts(self, scenarios: Iterable[str], passing: Collection[Part]) -> set[Part]:
        """Return the releases and kinds of reactors in which no helper passes in any place of some scenarios."""
        return set().union(*(self._parts.get(scenario, set()) for scenario in scenarios)).difference(passing)

    def ranges(self, parts: Collection[Part], passing: Collection[Part]) -> Iterator[HopelessRange]:
        """Yield them as ranges; `passing`: where some helper passes."""
        releases: dict[tuple[str, ...], list[str]] = {}
        for release in self._asked.releases:
            kinds = tuple(kind for kind in KINDS if (release, kind) in parts)
            some = any((release, kind) in passing for kind in KINDS)
            if kinds:
                releases.setdefault(kinds if some else (), []).append(self._asked.label(release))
        yield from (HopelessRange(releases=tuple(of), reactors=kinds) for kinds, of in reversed(releases.items()))


def unsolved_scenario(
    scenario: str,
    stuck: Sequence[KnownCell],
    passing: Sequence[CellCoordinates],
    asked: AxisValues,
    *,
    everything: bool,
) -> UnsolvedScenario:
    """Return what is known of a scenario with `stuck` cells, and others that pass; `asked`: the values of all cells."""
    by_place: dict[tuple[str, ...], list[KnownCell]] = {}
    for cell in stuck:
        by_place.setdefault(cell.at[:6], []).append(cell)
    stopped = list(map(furthest, by_place.values()))
    places = dict.fromkeys(cell.at._replace(helper="") for cell in stuck) if everything else {}
    others = passing if everything else ()
    axes = AxisValues.of((*places, *others))
    grid = CellGrid((*places, *others), axes.orders)
    return UnsolvedScenario(
        scenario=scenario, places=len(stopped), why=Counter(map(reason_of, stopped)),
        example=example_of([cell.at for cell in stopped], asked.releases),
        stuck=tuple(grid.fold(places)), passing=tuple(grid.fold(others)), grid=grid, axes=axes,
    )  # fmt: skip


def furthest(cells: Sequence[KnownCell]) -> KnownCell:
    """Return the cell of some that came furthest before it was stopped, the first of several."""
    return max(cells, key=lambda cell: reached(result_of(cell)))
