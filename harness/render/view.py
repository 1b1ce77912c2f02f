"""All counting for reports, done once: what was asked for, joined with what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellGrid
from harness.analysis.compat import Compat, compat
from harness.analysis.ranges import natural_key, short_labels
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import INCOMPLETE, MEASURED, Outcome
from harness.model.result import EnvironmentResult
from harness.plan.adaptation import Substitution, Unasked
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.render.lane_cells import NOT_LOOKED_AT, LaneCells, ViewCell, joined
from harness.store.merged import Delivery
from harness.store.records import CellRow
from harness.store.run_store import RunStore
from harness.store.schema import RunMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentView:
    """One environment of the plan with what became of it."""

    planned: PlannedEnvironment
    result: EnvironmentResult | None
    """None: it was never looked at."""
    status: Outcome | None
    """None: cells could be run in it."""
    reason: str | None
    outcomes: Counter[Outcome]
    """Number of its cells by outcome."""
    substitution: Substitution | None = None
    """What it stands in for; None: the plan names it itself."""

    @property
    def crawled(self) -> bool:
        """Whether a crawl ran in it: it could be made, Scrapy imports, and at least one lane starts."""
        return any(count for outcome, count in self.outcomes.items() if outcome.ran)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreView:
    """The core scenarios of a view."""

    scenarios: list[str]
    helpers: list[str]
    seen: list[KnownCell]


class ReportView:
    """One run as every report shows it. Cells are in the order of the plan."""

    def __init__(
        self, run: RunMeta, plan: Plan, environments: Mapping[str, EnvironmentResult], rows: Iterable[CellRow]
    ) -> None:
        """Join a plan with the recorded environments (by id) and cells; what was not planned is left out."""
        self.run = run
        self.plan = plan
        self.source: Path | None = None
        """The file of the store, for what is read only when it is shown; None where there is none."""
        self.shipped = False
        """Whether it came with the harness, and was not run here."""
        recorded: dict[tuple[str, str], dict[tuple[str, str], CellRow]] = {}
        for row in rows:
            recorded.setdefault(row[:2], {})[row[2:4]] = row
        self.environments: list[EnvironmentView] = []
        self.blocks: list[LaneCells] = []
        adaptation = plan.adaptation
        instead = {} if adaptation is None else {each.environment: each for each in adaptation.substitutions}
        for planned in plan.environments:
            result = environments.get(planned.id)
            blocks: list[LaneCells] = []
            if planned.status is None:
                blocks = [joined(planned, lane, result, recorded.get((planned.id, lane.name), {}), run)
                          for lane in planned.lanes]  # fmt: skip
            self.blocks += blocks
            made = _environment(planned, result, blocks)
            self.environments.append(replace(made, substitution=instead.get(planned.id)))
        self.outcomes: Counter[Outcome] = sum((each.outcomes for each in self.environments), Counter())
        """Number of cells by outcome."""

    @classmethod
    def of_store(cls, store: RunStore) -> ReportView:
        """Return the view of what a store holds. Raises `StorageError` where it cannot be read."""
        meta = store.meta()
        view = cls(meta, Plan.from_json(meta.plan_json), store.environments(), store.rows())
        view.source = store.path
        return view

    @property
    def complete(self) -> bool:
        """Whether everything that the plan asks for is known."""
        return not (self.unknown or self.unasked)

    @property
    def unknown(self) -> int:
        """Number of cells of which nothing is known."""
        return sum(self.outcomes[outcome] for outcome in INCOMPLETE)

    @property
    def unasked(self) -> tuple[Unasked, ...]:
        """What the plan asks and the Pythons that there are cannot answer: no cell stands for it."""
        return () if self.plan.adaptation is None else self.plan.adaptation.unasked

    @cached_property
    def count(self) -> int:
        """Number of cells."""
        return sum(self.outcomes.values())

    @cached_property
    def measured(self) -> int:
        """Number of cells whose await was really tried."""
        return sum(self.outcomes[outcome] for outcome in MEASURED)

    @cached_property
    def earlier(self) -> Counter[str]:
        """Number of cells that were known from an earlier run, by its id; those of the runs merged are not earlier."""
        found = Counter(origin for block in self.blocks for origin in block.origins if origin is not None)
        for run_id in (self.run.id, *(each.run for each in self.deliveries)):
            del found[run_id]
        return found

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What each machine delivered to a merged run; empty for a run of this machine."""
        return () if self.run.merged is None else self.run.merged.deliveries

    def cells(self) -> Iterator[ViewCell]:
        """Return every cell of the plan that is not excluded with its whole environment."""
        for block in self.blocks:
            yield from block.cells()

    def known(self) -> Iterator[KnownCell]:
        """Return every cell of the plan that is not excluded with its whole environment, as judges see it."""
        for block in self.blocks:
            planned = block.environment
            where = (planned.platform, planned.python, planned.scrapy, planned.profile, block.lane.name)
            for pair, seen in zip(block.lane.cells, block.observations, strict=True):
                reactor, loop = (None, None) if seen.facts is None else (seen.facts.reactor, seen.facts.loop)
                at = CellCoordinates._make((*where, *pair))
                yield KnownCell._make((at, seen.outcome, seen.mechanism, seen.detail, reactor, loop))

    @cached_property
    def grid(self) -> CellGrid:
        """Return the cells of `known`, to fold some of them into blocks and to tell where a block lies."""
        cells = [cell.at for cell in self.known()]
        return CellGrid(cells, AxisValues.of(cells).orders)

    def cell(self, key: CellKey) -> ViewCell | None:
        """Return one cell; None where the plan does not have it."""
        for block in self.blocks:
            if (block.environment.id, block.lane.name) == key[:2] and key[2:] in block.lane.cells:
                return block.cell(block.lane.cells.index(key[2:]))
        return None

    def overlays(self, key: CellKey) -> tuple[str, ...]:
        """Return the overlays that a cell needs."""
        for block in self.blocks:
            if (block.environment.id, block.lane.name) == key[:2] and key[2:] in block.lane.cells:
                return block.lane.overlays
        return ()

    def environment(self, name: str) -> EnvironmentView | None:
        """Return one environment by its id; None where the plan does not have it."""
        return next((each for each in self.environments if each.planned.id == name), None)

    @cached_property
    def compat(self) -> Compat:
        """From which release on what works."""
        return compat(self.known())

    # The axes, in the order in which people read them

    @cached_property
    def labels(self) -> dict[str, str]:
        """How releases of Scrapy are written: by their minor release where that tells them apart."""
        return short_labels({each.planned.scrapy for each in self.environments})

    @cached_property
    def scrapys(self) -> list[str]:
        """All releases of Scrapy as `labels` writes them, oldest first."""
        return sorted(self.labels.values(), key=natural_key)

    @cached_property
    def pythons(self) -> list[str]:
        """All Pythons, oldest first, others than CPython last."""
        return sorted({each.planned.python for each in self.environments}, key=natural_key)

    @cached_property
    def profiles(self) -> list[str]:
        """All profiles in the order of the plan."""
        return list(dict.fromkeys(each.planned.profile for each in self.environments))

    @cached_property
    def platforms(self) -> list[str]:
        """All platforms in the order of the plan."""
        return list(dict.fromkeys(each.planned.platform for each in self.environments))

    @cached_property
    def lanes(self) -> list[str]:
        """All lanes in the order of the plan."""
        return list(dict.fromkeys(block.lane.name for block in self.blocks))

    @cached_property
    def grids(self) -> list[tuple[tuple[str, str], ...]]:
        """The different grids of (scenario, helper) pairs."""
        return list({id(block.lane.cells): block.lane.cells for block in self.blocks}.values())

    @cached_property
    def scenarios(self) -> list[str]:
        """All scenarios in the order of the plan."""
        return list(dict.fromkeys(scenario for grid in self.grids for scenario, _ in grid))

    @cached_property
    def helpers(self) -> list[str]:
        """All helpers in the order of the plan."""
        return list(dict.fromkeys(helper for grid in self.grids for _, helper in grid))

    @cached_property
    def seen(self) -> list[KnownCell]:
        """Every cell that a process has attested, those of broken environments left out.

        Its release is as `label` writes it, and nothing is said of detail, reactor and loop: tables have none.
        """
        found = []
        for block in self.blocks:
            planned = block.environment
            where = (planned.platform, planned.python, self.labels[planned.scrapy], planned.profile, block.lane.name)
            for pair, observation, origin in zip(block.lane.cells, block.observations, block.origins, strict=True):
                if origin is not None and observation.outcome.judged:
                    at = CellCoordinates._make((*where, *pair))
                    found.append(KnownCell(at, observation.outcome, observation.mechanism, None, None, None))
        return found

    @cached_property
    def core(self) -> CoreView:
        """The part about awaiting a Deferred in a callback; everything where no scenario is marked as that."""
        scenarios = [name for name in self.scenarios if self._is_core(name)] or self.scenarios
        wanted = set(scenarios)
        grids = [pair for grid in self.grids for pair in grid if pair[0] in wanted]
        seen = self.seen if len(wanted) == len(self.scenarios) else [c for c in self.seen if c.at.scenario in wanted]
        return CoreView(scenarios=scenarios, helpers=list(dict.fromkeys(helper for _, helper in grids)), seen=seen)

    def _is_core(self, scenario: str) -> bool:
        asked = self.plan.scenarios.get(scenario)
        return asked is None or asked.core


def shipped_words(run: RunMeta) -> str:
    """Return what is said of the run that comes with the harness where something is known from it."""
    return f"the plan {run.plan} as run {run.id} measured it on {run.started[:10]}, which comes with the harness"


def _environment(
    planned: PlannedEnvironment, result: EnvironmentResult | None, blocks: list[LaneCells]
) -> EnvironmentView:
    status: Outcome | None
    if planned.status is not None:
        status, reason = planned.status, planned.reason
    elif result is not None:
        status, reason = result.status, result.reason
    else:
        status, reason = Outcome.NOT_RUN, NOT_LOOKED_AT
    outcomes = Counter(observation.outcome for block in blocks for observation in block.observations)
    return EnvironmentView(planned=planned, result=result, status=status, reason=reason, outcomes=outcomes)
