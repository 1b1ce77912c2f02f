"""MatrixSpec -> Plan: which cells a run is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from packaging.version import Version

from harness.errors import ConfigurationError
from harness.matrix.spec import Lane, MatrixSpec, PlanSpec, Profile, Python, Rule, Scrapy
from harness.matrix.tables import suggestion
from harness.matrix.versions import Range, any_matches
from harness.plan.environment_id import EnvironmentId
from harness.plan.model import AskedScenario, Grid, Plan, PlannedEnvironment, PlannedLane
from harness.plan.selection import Selection, selects
from harness.results import Outcome

__all__ = ["Combination", "Plan", "PlannedEnvironment", "PlannedLane", "ScenarioInfo", "combinations", "make_plan"]


Kind = Literal["callback", "place", "program"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioInfo:
    """What a plan needs to know of a scenario."""

    question: str = ""
    """What it asks, in a sentence."""
    helpers: tuple[str, ...]
    """The helpers it asks its question with, in order."""
    lanes: tuple[str, ...] = ()
    """Shell globs of the lanes where the question makes sense; empty: all. It is not asked in others."""
    scrapy: str | None = None
    """Range of the releases that have what it needs; its cells are `unsupported` in others."""
    requires: tuple[str, ...] = ()
    """Requirements beside Scrapy."""
    core: bool = True
    """Whether a plan that asks for core scenarios has it."""
    kind: Kind = "callback"
    """`callback`: a request in a crawl that many share; `place`: a crawl of its own; `program`: a process."""

    def __post_init__(self) -> None:
        """`ValueError` if `scrapy` is no range."""
        if self.scrapy is not None:
            Range.parse(self.scrapy)

    def is_for(self, version: Version) -> bool:
        """Whether that release of Scrapy has what the question needs."""
        return self.scrapy is None or _contains(self.scrapy, version)


@cache
def _contains(written: str, version: Version) -> bool:
    return Range.parse(written).contains(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Platform x Python x Scrapy x profile, and why the matrix leaves it out if it does."""

    python: Python
    scrapy: Scrapy
    profile: Profile
    id: EnvironmentId
    reason: str | None


def combinations(spec: MatrixSpec, platform: str) -> Iterator[Combination]:
    """Every combination of the axes for a platform, by Python, then Scrapy, then profile."""
    for python in spec.pythons:
        for scrapy in spec.scrapys:
            for profile in spec.profiles:
                yield Combination(
                    python=python,
                    scrapy=scrapy,
                    profile=profile,
                    id=EnvironmentId(platform, python.key, scrapy.label, profile.name),
                    reason=spec.exclusion(platform, python, scrapy, profile),
                )


def make_plan(
    spec: MatrixSpec, *, plan: str, platform: str, scenarios: Mapping[str, ScenarioInfo], selection: Selection
) -> Plan:
    """The plan of that name for a platform, narrowed by a selection. It does not depend on the machine.

    Environments that the matrix excludes are in it, with their reason and without lanes. `ConfigurationError` for an
    unknown plan, for a cell asked for by its id that belongs to another platform, and if nothing is left.
    """
    if plan not in spec.plans:
        raise ConfigurationError(value=f"--plan {plan}", cause="is unknown", action=suggestion(plan, spec.plans))
    for key in selection.exact:
        if EnvironmentId.parse(key.environment).platform != platform:
            raise ConfigurationError(
                value=f"--cell {key.id}", cause=f"this is {platform}", action="run it on the platform it names"
            )
    planner = _Planner(spec=spec, platform=platform, scenarios=scenarios, selection=selection)
    found = tuple(planner.environments(spec.plans[plan]))
    if not found:
        raise ConfigurationError(
            value=f"--plan {plan}",
            cause=f"has nothing on {platform} that these filters select",
            action="widen the filters, or take a larger plan",
        )
    asked = {name for environment in found for lane in environment.lanes for name, _ in lane.cells}
    notes = {
        name: AskedScenario(question=info.question, core=info.core) for name, info in scenarios.items() if name in asked
    }
    return Plan(name=plan, environments=found, scenarios=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planner:
    spec: MatrixSpec
    platform: str
    scenarios: Mapping[str, ScenarioInfo]
    selection: Selection
    # Lanes are made once for all environments that ask the same of them: this is what keeps a large plan small.
    _lanes: dict[tuple[object, ...], tuple[PlannedLane, ...]] = field(default_factory=dict)
    _grids: dict[Grid, Grid] = field(default_factory=dict)

    def environments(self, plan: PlanSpec) -> Iterator[PlannedEnvironment]:
        every = list(combinations(self.spec, self.platform))
        newest = _newest(every)
        for combination in every:
            rules = [
                number
                for number, rule in enumerate(plan.rules)
                if not self.selection.only_exact and _selects(rule, combination, newest)
            ]
            in_plan = bool(rules) and self.selection.selects_environment(combination.id)
            asked = tuple(key for key in self.selection.exact if key.environment == combination.id.id)
            if not (in_plan or asked):
                continue
            lanes: tuple[PlannedLane, ...] = ()
            if combination.reason is None:
                if in_plan:
                    lanes = self._planned(combination, plan, tuple(rules))
                    lanes = self._narrowed(combination.id.id, lanes)
                lanes = self._with_exact(combination, lanes, {(key.lane, key.scenario, key.helper) for key in asked})
                if not lanes:
                    continue
            elif self.selection.cells and not asked:
                continue
            yield _environment(self.spec, combination, lanes)

    def _planned(self, combination: Combination, plan: PlanSpec, rules: tuple[int, ...]) -> tuple[PlannedLane, ...]:
        excluded = self._excluded_lanes(combination)
        cache_key = (rules, combination.scrapy.label, tuple(excluded.items()))
        if cache_key not in self._lanes:
            chosen = [plan.rules[number] for number in rules]
            lanes: list[PlannedLane] = []
            for lane in self.spec.lanes_of(self.platform):
                if self.selection.selects_lane(lane.name):
                    names = self._scenarios_in(lane, chosen)
                    pairs = [(name, helper) for name in names for helper in self.scenarios[name].helpers]
                    wanted = [pair for pair in pairs if self.selection.selects_question(*pair)]
                    lanes += self._grouped(lane, combination.scrapy, excluded.get(lane.name), wanted)
            self._lanes[cache_key] = tuple(lanes)
        return self._lanes[cache_key]

    def _excluded_lanes(self, combination: Combination) -> dict[str, str]:
        found: dict[str, str] = {}
        for exclusion in self.spec.exclusions:
            if exclusion.lanes and exclusion.covers(
                self.platform, combination.python, combination.scrapy, combination.profile.name
            ):
                for lane in self.spec.lanes:
                    if exclusion.covers_lane(lane.name):
                        found.setdefault(lane.name, exclusion.reason)
        return found

    def _scenarios_in(self, lane: Lane, rules: Iterable[Rule]) -> list[str]:
        asking = [rule for rule in rules if selects(rule.lanes, lane.name)]
        return [
            name
            for name, info in self.scenarios.items()
            if selects(info.lanes, lane.name)
            and any(selects(rule.scenarios, name) and (info.core or not rule.core) for rule in asking)
        ]

    def _grouped(
        self, lane: Lane, scrapy: Scrapy, excluded: str | None, pairs: Iterable[tuple[str, str]]
    ) -> list[PlannedLane]:
        """The lane, as many times as its cells differ in status or overlays."""
        groups: dict[tuple[Outcome | None, str | None, tuple[str, ...], tuple[str, ...]], list[tuple[str, str]]] = {}
        unsupported = lane.unsupported(scrapy.version)
        of_lane = lane.overlays_for(scrapy.version)
        for name, helper in pairs:
            info = self.scenarios[name]
            status, reason = None, None
            if excluded is not None:
                status, reason = Outcome.EXCLUDED, excluded
            elif unsupported is not None:
                status, reason = Outcome.UNSUPPORTED, unsupported
            elif not info.is_for(scrapy.version):
                status, reason = Outcome.UNSUPPORTED, f"{name} needs Scrapy {info.scrapy}"
            requires = tuple(each for each in info.requires if each not in of_lane)
            groups.setdefault((status, reason, of_lane, requires), []).append((name, helper))
        return [
            PlannedLane(
                name=lane.name,
                status=status,
                reason=reason,
                overlays=overlays + requires,
                requires=requires,
                cells=self._shared(cells),
            )
            for (status, reason, overlays, requires), cells in groups.items()
        ]

    def _narrowed(self, environment: str, lanes: tuple[PlannedLane, ...]) -> tuple[PlannedLane, ...]:
        """Only the cells that `--cell` globs select, if there are any."""
        if not self.selection.cells:
            return lanes
        narrowed = []
        for lane in lanes:
            prefix = f"{environment}/{lane.name}"
            cells = [pair for pair in lane.cells if self.selection.selects_id("/".join((prefix, *pair)))]
            if cells:
                narrowed.append(replace(lane, cells=self._shared(cells)))
        return tuple(narrowed)

    def _with_exact(
        self, combination: Combination, lanes: tuple[PlannedLane, ...], asked: set[tuple[str, str, str]]
    ) -> tuple[PlannedLane, ...]:
        """`lanes` and the cells asked for by their id that are not among them."""
        missing = asked - {(lane.name, *pair) for lane in lanes for pair in lane.cells} if asked else asked
        added: list[PlannedLane] = []
        excluded = self._excluded_lanes(combination)
        for lane in self.spec.lanes_of(self.platform) if missing else ():
            pairs = [(name, helper) for lane_name, name, helper in sorted(missing) if lane_name == lane.name]
            added += self._grouped(lane, combination.scrapy, excluded.get(lane.name), pairs)
        return (*lanes, *added) if added else lanes

    def _shared(self, cells: list[tuple[str, str]]) -> Grid:
        grid = tuple(cells)
        return self._grids.setdefault(grid, grid)


def _newest(every: Iterable[Combination]) -> dict[tuple[str, str], str]:
    """The newest release, no direct reference, that the matrix allows, by Python and profile."""
    newest: dict[tuple[str, str], Scrapy] = {}
    for combination in every:
        key = (combination.python.key, combination.profile.name)
        if combination.reason is None and combination.scrapy.first is not None:
            best = newest.setdefault(key, combination.scrapy)
            newest[key] = max(best, combination.scrapy, key=lambda scrapy: scrapy.version)
    return {key: scrapy.label for key, scrapy in newest.items()}


def _selects(rule: Rule, combination: Combination, newest: Mapping[tuple[str, str], str]) -> bool:
    python, scrapy, profile = combination.python, combination.scrapy, combination.profile.name
    return (
        any_matches(rule.pythons, python.key, python.version)
        and any_matches(rule.scrapys, scrapy.label, scrapy.version)
        and (not rule.profiles or profile in rule.profiles)
        and (not rule.newest or newest.get((python.key, profile)) == scrapy.label)
    )


def _environment(spec: MatrixSpec, combination: Combination, lanes: tuple[PlannedLane, ...]) -> PlannedEnvironment:
    scrapy, profile = combination.scrapy, combination.profile
    cutoff = spec.cutoff(scrapy) if profile.has_cutoff else None
    return PlannedEnvironment(
        id=combination.id.id,
        platform=combination.id.platform,
        python=combination.python.key,
        scrapy=scrapy.label,
        requirement=scrapy.requirement,
        profile=profile.name,
        exclude_newer=None if cutoff is None else cutoff.isoformat(),
        exempt={e.package: e.until.isoformat() for e in profile.exempt if e.scrapy.contains(scrapy.version)},
        constraints=spec.constraints(combination.python, scrapy, profile),
        repacked=tuple(each.requirement for each in profile.repack if each.scrapy.contains(scrapy.version)),
        status=None if combination.reason is None else Outcome.EXCLUDED,
        reason=combination.reason,
        lanes=lanes,
    )
