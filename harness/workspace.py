"""What a command is about: the matrix, the scenarios, the filters that were written, and the plan they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS, current_platform, refuse_platform
from harness.infra.resources import claims_file
from harness.judge.judge_files import load_judge, vocabulary
from harness.judge.verdict import Judge
from harness.matrix.load import find_matrix, open_matrix
from harness.matrix.spec import MatrixSpec
from harness.model.ids import CellKey, EnvironmentId
from harness.model.known_cells import CellCoordinates
from harness.plan.adaptation import Available
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.plan.planner import NothingToAskError, make_plan, plan_spec
from harness.plan.questions import preferred_pythons
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection, Vocabulary, selects
from harness.scenarios.catalogue import load_scenarios, refuse_unknown_lanes, scenario_folders
from harness.scenarios.parse import ScenarioFile

DEFAULT_PLAN = "default"
"""The plan of a run for which none is named."""
FULL_PLAN = "full"
"""The plan that has every cell of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of the command line as they were written; see `harness.plan.selection`."""

    platform: Sequence[str] = ()
    python: Sequence[str] = ()
    scrapy: Sequence[str] = ()
    profile: Sequence[str] = ()
    lane: Sequence[str] = ()
    scenario: Sequence[str] = ()
    helper: Sequence[str] = ()
    cell: Sequence[str] = ()

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return any(getattr(self, name) for name in self.__slots__)

    def platforms(self, selection: Selection) -> tuple[str, ...]:
        """The platforms that a plan is asked for: those named, those of cells named, else this machine's own."""
        if self.platform:
            return tuple(platform for platform in PLATFORMS if selects(selection.platforms, platform))
        named = {EnvironmentId.parse(key.environment).platform for key in selection.exact}
        return tuple(platform for platform in PLATFORMS if platform in named) or (current_platform(),)

    def over(self, known: Vocabulary) -> Selection:
        """The selection over what is known; `ConfigurationError` names what is wrong."""
        return Selection.parse(known, **{name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A matrix and the scenarios, and the names that there are in them."""

    path: Path
    spec: MatrixSpec
    folders: tuple[Path, ...]
    """Of scenarios; the last one holds the kit."""
    scenarios: dict[str, ScenarioFile]
    known: Vocabulary

    def plan(
        self, name: str, platforms: Sequence[str], selection: Selection, available: Available | None = None
    ) -> Plan:
        """The plan of that name for some platforms, narrowed by a selection; for `available` see `make_plan`."""
        return make_plan(
            self.spec, plan=name, platforms=platforms, scenarios=self._infos, selection=selection, available=available
        )

    def planned_cell(self, key: CellKey) -> PlannedEnvironment | None:
        """The environment of the full plan with one cell; None where the matrix rules it out."""
        try:
            platform = EnvironmentId.parse(key.environment).platform
            planned = self.plan(FULL_PLAN, (platform,), Selection(exact=(key,))).environments[0]
        except ConfigurationError:
            return None
        usable = planned.status is None and any(lane.status is None for lane in planned.lanes)
        return planned if usable else None

    def planned(self, name: str, filters: Filters, available: Available | None = None) -> PlannedRun:
        """The plan of that name as filters narrow it, adapted to `available` if it is one that adapts.

        Raises as `make_plan`.
        """
        selection = filters.over(self.known)
        adapted_to: Available = {}
        if available is not None and self.adapts(name, filters):
            # Others make no difference, and machines that differ in these have the same plan.
            keys = [python.key for python in self.spec.pythons]
            adapted_to = {platform: [key for key in keys if key in here] for platform, here in available.items()}
        platforms = filters.platforms(selection)
        plan = self.plan(name, platforms, selection, adapted_to)
        return PlannedRun(loaded=self, plan=plan, filters=filters, platforms=platforms, available=adapted_to)

    def adapts(self, name: str, filters: Filters) -> bool:
        """Return whether a plan is adapted to a machine. Who names Pythons, or cells, is given these."""
        return plan_spec(self.spec, name).adapts and not (filters.python or filters.cell)

    def pythons(self, name: str, filters: Filters) -> Mapping[str, Sequence[str]]:
        """Return the keys of the Pythons that a plan asks for as it is written, by platform. `ConfigurationError`."""
        selection = filters.over(self.known)
        plan = plan_spec(self.spec, name)
        return preferred_pythons(self.spec, plan, filters.platforms(selection), selection, self._infos)

    @property
    def _infos(self) -> dict[str, ScenarioInfo]:
        return {name: scenario.info for name, scenario in self.scenarios.items()}

    def universe(self, platform: str) -> list[CellCoordinates]:
        """Return every cell of a platform that a plan asks: the full one, and those that adapt, on any one Python.

        A plan that adapts asks on a machine with some Pythons what it asks on a machine with one of these alone.
        """
        plans = [self.plan(FULL_PLAN, (platform,), Selection())]
        for name in (name for name, plan in self.spec.plans.items() if plan.adapts):
            plans.append(self.plan(name, (platform,), Selection()))
            for python in self.spec.pythons:
                # On some of them nothing of a platform can be asked.
                with suppress(NothingToAskError):
                    plans.append(self.plan(name, (platform,), Selection(), {platform: [python.key]}))
        return [CellCoordinates.of(key) for key in dict.fromkeys(key for plan in plans for key in plan.keys())]

    def judge(self, baselines: Path, *, strict: bool = False) -> Judge:
        """The judge by the claims and the baselines.

        Names in the claims that do not exist are errors if `strict`, or where the claims stand beside the matrix.
        """
        claims = claims_file()
        strict = strict or claims.parent.resolve() == self.path.parent.resolve()
        return load_judge(claims, baselines, self.known, strict=strict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """A plan with what it was made from."""

    loaded: Workspace
    plan: Plan
    filters: Filters
    platforms: tuple[str, ...]
    """Those that the filters select."""
    available: Available = field(default_factory=dict)
    """The Pythons that it was adapted to; empty: it is literal."""
    order: tuple[str, ...] = ()
    """Ids of its environments in the order in which they are wanted; empty: it does not matter."""


def load_workspace(matrix: Path | None, own: Sequence[Path] = ()) -> Workspace:
    """The matrix of that file, or the one found, and the scenarios, those of the folders `own` among them.

    Raises `ConfigurationError`.
    """
    path = find_matrix(matrix)
    spec = open_matrix(matrix)
    folders = scenario_folders((*own, *spec.scenarios))
    scenarios = load_scenarios(folders)
    refuse_unknown_lanes(scenarios, [lane.name for lane in spec.lanes])
    return Workspace(path=path, spec=spec, folders=folders, scenarios=scenarios, known=vocabulary(spec, scenarios))


def make_planned(matrix: Path | None, own: Sequence[Path], plan: str, filters: Filters) -> PlannedRun:
    """The plan of that name as the filters narrow it, with the scenarios of the folders `own` in it, too.

    Raises `ConfigurationError`.
    """
    return load_workspace(matrix, own).planned(plan, filters)


def refuse_foreign(platforms: Iterable[str]) -> None:
    """`ConfigurationError` if cells of one of some platforms cannot be run here."""
    for platform in platforms:
        refuse_platform(platform)
