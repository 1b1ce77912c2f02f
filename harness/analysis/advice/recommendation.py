"""Which helper to write: which pass in every measured cell of a range, which in none, what stops the others where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.advice.version_ranges import HelperTable, Segment, preference
from harness.analysis.axis_values import AxisValues, kind_of
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.compat import is_hopeless
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.scenarios.parse import NO_HELPER


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Cells in which something does not pass, and why."""

    why: str
    block: CellBlock
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperStanding:
    """What the range says of one helper."""

    helper: str
    passed: int
    stops: tuple[Obstacle, ...]
    """Empty: it passes in every cell."""

    @property
    def cells(self) -> int:
        """All cells of the helper."""
        return self.passed + sum(stop.cells for stop in self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """Cells of some releases with one kind of reactor in which no helper always passes."""

    releases: tuple[str, ...]
    reactor: str
    """The kind."""
    best: HelperStanding
    """The helper that passes in most of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to write in some scenarios."""

    scenarios: tuple[str, ...]
    segments: tuple[Segment, ...]
    """The latest releases first; one segment: one helper will do."""
    remaining: tuple[Remaining, ...]
    """Empty: what is to be written passes in every cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsolvedScenario:
    """A scenario that no helper passes in some environments and lanes."""

    scenario: str
    cells: int
    """Those there, with all helpers."""
    stuck: tuple[CellBlock, ...]
    """Where that is."""
    passing: tuple[CellBlock, ...]
    """Where some helper does pass."""
    grid: CellGrid
    """The questions of the scenario, as cells without helper; unfolds the blocks."""
    axes: AxisValues


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to write in a range of cells."""

    standings: tuple[HelperStanding, ...]
    recipes: tuple[Recipe, ...]
    """The first is for all scenarios that need nothing of their own; empty: nothing was measured."""
    left_out: tuple[UnsolvedScenario, ...]
    """Those with many cells first."""
    silent: Counter[Outcome]
    """Cells of the range in which nothing was tried, by outcome."""
    asked: Sequence[str]
    """All releases of the range, as people read them."""
    untried: tuple[str, ...]
    """Those of which nothing is known: no cell could be tried there."""
    grid: CellGrid
    axes: AxisValues


def advise(cells: Iterable[KnownCell]) -> Advice:
    """Return the advice for some cells."""
    questions: dict[tuple[str, ...], list[KnownCell]] = {}
    for cell in cells:
        if cell.at.helper != NO_HELPER:
            questions.setdefault(cell.at[:6], []).append(cell)
    telling: list[KnownCell] = []
    stuck: dict[str, dict[CellCoordinates, int]] = {}
    passing: dict[str, list[CellCoordinates]] = {}
    silent: Counter[Outcome] = Counter()
    for found in questions.values():
        if len(found) == 1:
            continue  # a scenario about one helper compares nothing
        question = found[0].at._replace(helper="")
        if is_hopeless(found):
            stuck.setdefault(question.scenario, {})[question] = len(found)
        elif all(not cell.outcome.tried for cell in found):
            silent.update(cell.outcome for cell in found)
        else:
            telling += found
            passing.setdefault(question.scenario, []).append(question)
    axes, asked = AxisValues.of(cell.at for cell in telling), AxisValues.of(found[0].at for found in questions.values())
    grid = CellGrid([cell.at for cell in telling], axes.orders)
    tried = {*axes.releases, *(question.scrapy for counts in stuck.values() for question in counts)}
    left_out = [_left_out(scenario, counts, passing.get(scenario, [])) for scenario, counts in stuck.items()]
    return Advice(
        standings=tuple(_standings(telling, grid)),
        recipes=tuple(_recipes(telling, axes, grid)),
        left_out=tuple(sorted(left_out, key=lambda each: (-each.cells, each.scenario))),
        silent=silent,
        asked=asked.scrapys,
        untried=tuple(asked.label(release) for release in asked.releases if release not in tried),
        grid=grid,
        axes=axes,
    )


def _left_out(
    scenario: str, stuck: Mapping[CellCoordinates, int], passing: Sequence[CellCoordinates]
) -> UnsolvedScenario:
    axes = AxisValues.of((*stuck, *passing))
    grid = CellGrid((*stuck, *passing), axes.orders)
    return UnsolvedScenario(
        scenario=scenario, cells=sum(stuck.values()), stuck=tuple(grid.fold(stuck)),
        passing=tuple(grid.fold(passing)), grid=grid, axes=axes,
    )  # fmt: skip


def _standings(cells: Iterable[KnownCell], grid: CellGrid) -> list[HelperStanding]:
    """Return what `cells` say of each helper, those that are preferred first."""
    by_helper: dict[str, list[KnownCell]] = {}
    for cell in cells:
        by_helper.setdefault(cell.at.helper, []).append(cell)
    return [
        HelperStanding(helper=helper, passed=passed, stops=stops)
        for helper in sorted(by_helper, key=preference)
        for passed, stops in [obstacles_of(by_helper[helper], grid)]
    ]


def _recipes(cells: Sequence[KnownCell], axes: AxisValues, grid: CellGrid) -> Iterator[Recipe]:
    """Return what to write in most scenarios, then in those that need something else, alike ones together."""
    table = HelperTable(cells, axes.releases)
    aside = table.aside()
    most = [scenario for scenario in axes.scenarios if scenario not in aside]
    alike = {table.segments(aside): most} if most else {}
    for scenario in (scenario for scenario in axes.scenarios if scenario in aside):
        alike.setdefault(table.segments(table.scenarios - {scenario}), []).append(scenario)
    for segments, scenarios in alike.items():
        remaining = [
            Remaining(releases=segment.releases, reactor=kind, best=_best(cells, grid, scenarios, segment, kind))
            for segment in segments
            for kind, helper in segment.by_reactor
            if helper is None
        ]
        yield Recipe(scenarios=tuple(scenarios), segments=segments, remaining=tuple(remaining))


def _best(
    cells: Iterable[KnownCell], grid: CellGrid, scenarios: Sequence[str], segment: Segment, kind: str
) -> HelperStanding:
    """Return the helper that passes in most of the cells there."""
    here = [cell for cell in cells if cell.at.scenario in scenarios and cell.at.scrapy in segment.releases
            and kind_of(cell.at.lane) == kind]  # fmt: skip
    return max(_standings(here, grid), key=lambda standing: standing.passed)


def obstacles_of(cells: Sequence[KnownCell], grid: CellGrid) -> tuple[int, tuple[Obstacle, ...]]:
    """Return how many of `cells` pass, and what stops the others, folded in `grid`."""
    reasons: dict[str, list[CellCoordinates]] = {}
    for cell in cells:
        if cell.outcome != Outcome.PASS:
            reasons.setdefault(cell.mechanism or cell.outcome.value, []).append(cell.at)
    stops = [
        Obstacle(why=why, block=block, cells=len(grid.unfold(block)))
        for why, stopped in reasons.items()
        for block in grid.fold(stopped)
    ]
    return len(cells) - sum(map(len, reasons.values())), tuple(sorted(stops, key=lambda stop: (-stop.cells, stop.why)))
