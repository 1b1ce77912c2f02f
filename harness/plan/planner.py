"""MatrixSpec -> Plan: which cells a run is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter

from harness.infra.errors import ConfigurationError, ExitCode, HarnessError
from harness.infra.toml_errors import suggestion
from harness.matrix.axes import Lane, Scrapy
from harness.matrix.spec import MatrixSpec, PlanSpec
from harness.model.ids import EnvironmentId
from harness.model.outcome import Outcome
from harness.plan.adaptation import Adaptation, Available, joined
from harness.plan.adapter import Adapter
from harness.plan.environment_matrix import Combination, combinations
from harness.plan.plan_records import AskedScenario, Plan, PlannedEnvironment, PlannedLane, Questions
from harness.plan.questions import Rules, asked_rules, asking_rules, asks
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection, selects


class NothingToAskError(HarnessError):
    """None of the Pythons that there are can answer what is asked."""

    exit_code = ExitCode.INCOMPLETE


def make_plan(
    spec: MatrixSpec,
    *,
    plan: str,
    platforms: Sequence[str],
    scenarios: Mapping[str, ScenarioInfo],
    selection: Selection,
    available: Available | None = None,
) -> Plan:
    """Return the plan of that name for some platforms, narrowed by a selection.

    `available`: the Pythons that it is adapted to, by platform; None, or a platform that is not named: it is literal.
    It depends on nothing else of a machine. Environments that the matrix excludes are in it, with their reason and
    without lanes. `ConfigurationError` for an unknown plan, for a cell asked for by its id that belongs to another
    platform, and if nothing is left; `NothingToAskError` if the available Pythons leave nothing.
    """
    wanted = plan_spec(spec, plan)
    for key in selection.exact:
        if EnvironmentId.parse(key.environment).platform not in platforms:
            raise ConfigurationError(
                value=f"--cell {key.id}",
                cause=f"is not asked for on {', '.join(platforms)}",
                action="take the platform that it names into --platform",
            )
    adaptations: list[Adaptation | None] = []
    environments: list[PlannedEnvironment] = []
    for platform in platforms:
        every = list(combinations(spec, platform))
        rules = asked_rules(spec, wanted, platform, selection, every)
        if available is not None and platform in available:
            allowed = [each for each in spec.profiles if selects(selection.profiles, each.name)]
            adapter = Adapter(spec, wanted, platform, available[platform], profiles=allowed, every=every)
            asking = asking_rules(spec, wanted, platform, selection, scenarios)
            rules, adaptation = adapter.adapted(rules, asking)
            adaptations.append(adaptation)
        planner = _Planner(spec=spec, platform=platform, scenarios=scenarios, selection=selection)
        environments += planner.environments(wanted, every, rules)
    found, adapted = tuple(environments), joined(adaptations)
    if adapted is not None and all(each.status is not None for each in found):
        raise _nothing_to_ask(plan, adapted)
    if not found:
        raise ConfigurationError(
            value=f"--plan {plan}",
            cause=f"has nothing on {', '.join(platforms)} that these filters select",
            action="widen the filters, or take a larger plan",
        )
    # By identity: environments share their grids, and have a million cells between them.
    grids = {id(lane.cells): lane.cells for environment in found for lane in environment.lanes}
    asked = {name for grid in grids.values() for name, _ in grid}
    notes = {
        name: AskedScenario(question=info.question, core=info.core) for name, info in scenarios.items() if name in asked
    }
    return Plan(name=plan, environments=found, scenarios=notes, adaptation=adapted)


def plan_spec(spec: MatrixSpec, name: str) -> PlanSpec:
    """Return the plan of that name as the matrix has it; `ConfigurationError` where there is none."""
    if name not in spec.plans:
        raise ConfigurationError(value=f"--plan {name}", cause="is unknown", action=suggestion(name, spec.plans))
    return spec.plans[name]


def _nothing_to_ask(plan: str, adapted: Adaptation) -> NothingToAskError:
    here = ", ".join(dict.fromkeys(key for keys in adapted.available.values() for key in keys)) or "none"
    would_do = ", ".join(dict.fromkeys(key for each in adapted.unasked for key in each.pythons)) or "none is known"
    return NothingToAskError(
        value=f"--plan {plan}",
        cause=f"nothing of it can be asked with the Pythons here: {here}; these would do: {would_do}",
        action="install one (`scrapy-compat pythons` tells how), or widen the filters",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planner:
    spec: MatrixSpec
    platform: str
    scenarios: Mapping[str, ScenarioInfo]
    selection: Selection
    # Lanes are made once for all environments that ask the same of them: this is what keeps a large plan small.
    _lanes: dict[tuple[object, ...], tuple[PlannedLane, ...]] = field(default_factory=dict)
    _grids: dict[Questions, Questions] = field(default_factory=dict)
    _pairs: dict[tuple[str, tuple[int, ...]], Questions] = field(default_factory=dict)

    def environments(
        self, plan: PlanSpec, every: Iterable[Combination], rules_by_id: Mapping[str, Rules]
    ) -> Iterator[PlannedEnvironment]:
        for combination in every:
            rules = rules_by_id.get(combination.id.id, ())
            asked = tuple(key for key in self.selection.exact if key.environment == combination.id.id)
            if not (rules or asked):
                continue
            lanes: tuple[PlannedLane, ...] = ()
            if combination.reason is None:
                if rules:
                    lanes = self._planned(combination, plan, rules)
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
            lanes: list[PlannedLane] = []
            for lane in self.spec.lanes_of(self.platform):
                if self.selection.selects_lane(lane.name):
                    wanted = self._wanted(lane, plan, rules)
                    lanes += self._grouped(lane, combination.scrapy, excluded.get(lane.name), wanted)
            self._lanes[cache_key] = tuple(lanes)
        return self._lanes[cache_key]

    def _wanted(self, lane: Lane, plan: PlanSpec, rules: tuple[int, ...]) -> Questions:
        """The pairs that some rules ask for in a lane: the same for every release."""
        if (lane.name, rules) not in self._pairs:
            asking = [rule for number in rules for rule in [plan.rules[number]] if selects(rule.lanes, lane.name)]
            self._pairs[lane.name, rules] = self._shared(
                (name, helper)
                for name, info in self.scenarios.items()
                if selects(info.lanes, lane.name)
                and (not info.platforms or not self.spec.alike(self.platform).isdisjoint(info.platforms))
                and any(asks(rule, name, info) for rule in asking)
                for helper in info.helpers
                if self.selection.selects_question(name, helper)
            )
        return self._pairs[lane.name, rules]

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

    def _grouped(self, lane: Lane, scrapy: Scrapy, excluded: str | None, pairs: Questions) -> list[PlannedLane]:
        """The lane, as many times as its cells differ in status or overlays."""
        groups: dict[tuple[Outcome | None, str | None, tuple[str, ...], tuple[str, ...]], list[tuple[str, str]]] = {}
        unsupported = lane.unsupported(scrapy.version)
        of_lane = lane.overlays_for(scrapy.version)
        for name, of_scenario in groupby(pairs, itemgetter(0)):
            info = self.scenarios[name]
            status, reason = None, None
            if excluded is not None:
                status, reason = Outcome.EXCLUDED, excluded
            elif unsupported is not None:
                status, reason = Outcome.UNSUPPORTED, unsupported
            elif not info.is_for(scrapy.version):
                status, reason = Outcome.UNSUPPORTED, f"{name} needs Scrapy {info.scrapy}"
            requires = tuple(each for each in info.requires if each not in of_lane)
            groups.setdefault((status, reason, of_lane, requires), []).extend(of_scenario)
        return [
            PlannedLane(
                name=lane.name,
                status=status,
                reason=reason,
                overlays=overlays + requires,
                requires=requires,
                # Hashing it would take longer than all the rest.
                cells=pairs if len(cells) == len(pairs) else self._shared(cells),
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
            added += self._grouped(lane, combination.scrapy, excluded.get(lane.name), self._shared(pairs))
        return (*lanes, *added) if added else lanes

    def _shared(self, cells: Iterable[tuple[str, str]]) -> Questions:
        grid = tuple(cells)
        return self._grids.setdefault(grid, grid)


def _environment(spec: MatrixSpec, combination: Combination, lanes: tuple[PlannedLane, ...]) -> PlannedEnvironment:
    scrapy, profile = combination.scrapy, combination.profile
    cutoff = spec.cutoff(scrapy) if profile.cutoff is not None else None
    return PlannedEnvironment(
        id=combination.id.id,
        platform=combination.id.platform,
        python=combination.python.key,
        scrapy=scrapy.label,
        requirement=scrapy.requirement,
        profile=profile.name,
        exclude_newer=None if cutoff is None else cutoff.isoformat(),
        exempt={
            each.package: each.until.isoformat()
            for each in profile.exempt
            if each.applies(combination.id.platform, scrapy.version)
        },
        constraints=spec.constraints(combination.id.platform, combination.python, scrapy, profile),
        additions=spec.additions(combination.python, scrapy, profile),
        repacked=tuple(each.requirement for each in profile.repack if each.scrapy.contains(scrapy.version)),
        status=None if combination.reason is None else Outcome.EXCLUDED,
        reason=combination.reason,
        lanes=lanes,
    )
