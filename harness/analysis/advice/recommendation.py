"""Which helper to write: which pass in every measured cell of a range, which in none, what stops the others where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.advice.obstacles import Obstacle, obstacles_of
from harness.analysis.advice.unsolved import HopelessRange, StuckParts, UnsolvedScenario, furthest, unsolved_scenario
from harness.analysis.advice.version_ranges import HelperTable, Part, Segment, preference, segments_of
from harness.analysis.axis_values import KINDS, AxisValues, kind_of
from harness.analysis.cell_blocks import CellGrid
from harness.analysis.compat import is_hopeless
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.scenarios.parse import NO_HELPER


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
class Recipe:
    """What to write in some scenarios."""

    scenarios: tuple[str, ...]
    segments: tuple[Segment, ...]
    """The latest releases first; one segment: one helper will do. Each says what passes in most of its cells."""
    always: bool
    """Whether it passes in every cell of the scenarios."""
    passed: int
    stops: tuple[Obstacle, ...]
    """Of the first recipe: in all scenarios, those with a recipe of their own too."""
    hopeless: tuple[HopelessRange, ...]
    """Where nothing is known to pass in these scenarios, the latest releases first."""

    @property
    def cells(self) -> int:
        """All cells that it was counted in."""
        return self.passed + sum(stop.cells for stop in self.stops)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to write in a range of cells."""

    standings: tuple[HelperStanding, ...]
    """What is known of each helper; empty unless everything was asked for."""
    recipes: tuple[Recipe, ...]
    """The first is for all scenarios that need nothing of their own; empty: no cell tells what to write."""
    left_out: tuple[UnsolvedScenario, ...]
    """Those with many cells first."""
    told: int
    """Places in which some helper passes: all but those that follow and those of `left_out`."""
    silent: Counter[Outcome]
    """Places of the range in which nothing was tried, by outcome."""
    alone: int
    """Places that ask about one helper, which compare nothing."""
    bare: int
    """Places that ask about no helper."""
    asked: Sequence[str]
    """All releases of the range, as people read them."""
    untried: tuple[str, ...]
    """Those of which nothing is known: no cell could be tried there."""
    grid: CellGrid
    axes: AxisValues


def advise(cells: Iterable[KnownCell], *, everything: bool = True) -> Advice:
    """Return the advice for some cells; without `everything` quicker, and only what to write and where it fails."""
    questions: dict[tuple[str, ...], list[KnownCell]] = {}
    bare = 0
    for cell in cells:
        if cell.at.helper != NO_HELPER:
            questions.setdefault(cell.at[:6], []).append(cell)
        else:
            bare += 1
    # Where one helper alone may be written, or was measured, there is nothing to compare it with.
    every = [cell for found in questions.values() for cell in found]
    alone = len({cell.at.helper for cell in every}) == 1 and any(cell.outcome == Outcome.PASS for cell in every)
    telling: list[KnownCell] = []
    stuck: dict[str, list[KnownCell]] = {}
    passing: dict[str, list[CellCoordinates]] = {}
    silent: Counter[Outcome] = Counter()
    single = 0
    for found in questions.values():
        if len(found) == 1 and not alone:
            single += 1  # a scenario about one helper compares nothing
            continue
        scenario = found[0].at.scenario
        if is_hopeless(found) and not alone:
            stuck.setdefault(scenario, []).extend(found)
        elif all(not cell.outcome.tried for cell in found):
            outcome = found[0].outcome
            alike = all(cell.outcome is outcome for cell in found)
            silent[outcome if alike else furthest(found).outcome] += 1
        else:
            telling += found
            passing.setdefault(scenario, []).append(found[0].at._replace(helper=""))
    axes, asked = AxisValues.of(cell.at for cell in telling), AxisValues.of(found[0].at for found in questions.values())
    grid = CellGrid([cell.at for cell in telling], axes.orders)
    tried = {*axes.releases, *(cell.at.scrapy for found in stuck.values() for cell in found)}
    left_out = [
        unsolved_scenario(scenario, found, passing.get(scenario, []), asked, everything=everything)
        for scenario, found in stuck.items()
    ]
    return Advice(
        standings=tuple(_standings(telling, grid)) if everything else (),
        recipes=tuple(_recipes(telling, axes, grid, StuckParts(stuck, asked))),
        left_out=tuple(sorted(left_out, key=lambda each: (-each.places, each.scenario))),
        told=sum(map(len, passing.values())),
        silent=silent,
        alone=single,
        bare=bare,
        asked=asked.scrapys,
        untried=tuple(asked.label(release) for release in asked.releases if release not in tried),
        grid=grid,
        axes=axes,
    )


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


def _recipes(cells: Sequence[KnownCell], axes: AxisValues, grid: CellGrid, stuck: StuckParts) -> Iterator[Recipe]:
    """Return what to write in most scenarios, then in those that need something else, alike ones together."""
    table = HelperTable(cells, axes.releases)
    aside = table.aside()
    most = [scenario for scenario in axes.scenarios if scenario not in aside]
    alike: dict[tuple[Segment, ...], list[str]] = {}
    if axes.scenarios:
        alike[table.segments(aside if most else ())] = most or list(axes.scenarios)
    for scenario in (scenario for scenario in axes.scenarios if scenario in aside):
        alike.setdefault(table.segments(table.scenarios - {scenario}), []).append(scenario)
    first: dict[Part, str] = {}
    for segments, scenarios in alike.items():
        inside = set(scenarios)
        written = _written(segments, [cell for cell in cells if cell.at.scenario in inside], first)
        if first and all(first.get(part) == helper for part, helper in written.items()):
            continue  # nothing better is known than what is written everywhere else
        counted = [
            cell
            for cell in cells
            if (not first or cell.at.scenario in inside)
            and written.get((cell.at.scrapy, kind_of(cell.at.lane))) == cell.at.helper
        ]
        first = first or written
        passed, stops = obstacles_of(counted, grid)
        nowhere = stuck.parts(scenarios, written)
        yield Recipe(
            scenarios=tuple(scenarios), segments=segments_of(written, axes.releases, nowhere), passed=passed,
            stops=stops, always=all(segment.covers for segment in segments),
            hopeless=tuple(stuck.ranges(nowhere, written)),
        )  # fmt: skip


def _written(segments: Sequence[Segment], cells: Iterable[KnownCell], first: Mapping[Part, str]) -> dict[Part, str]:
    """Return what to write in each release and with each kind of reactor: what passes everywhere, else mostly.

    Of several that pass as often that of `first`, else the preferred one.
    """
    passed: dict[Part, Counter[str]] = {}
    for cell in cells:
        counts = passed.setdefault((cell.at.scrapy, kind_of(cell.at.lane)), Counter())
        counts[cell.at.helper] += cell.outcome == Outcome.PASS
    always = {
        (release, kind): helper
        for segment in segments
        for release in segment.releases
        for kind in KINDS
        if (helper := dict(segment.by_reactor).get(kind, segment.helper)) is not None
    }
    best = {
        part: max(counts, key=lambda each: (counts[each], each == first.get(part), *(-n for n in preference(each)[:1])))
        for part, counts in passed.items()
    }
    return {part: always.get(part, helper) for part, helper in best.items()}
