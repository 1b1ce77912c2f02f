"""The cells of one lane of one environment: those recorded, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment, PlannedLane
from harness.store.records import CellRow, Observation
from harness.store.schema import RunMeta

NOT_LOOKED_AT = "the run ended before this environment was looked at"


class ViewCell(NamedTuple):
    """One cell of the plan with what is known of it."""

    key: CellKey
    observation: Observation
    """Of a cell that was not run: the outcome that says so, its reason as `detail`, and nothing else."""
    seconds: float | None
    origin: str | None
    """Id of the run that attested it; None where nothing was attested."""


@dataclass(frozen=True, slots=True)
class LaneCells:
    """The cells of one planned lane of one environment; the lists go with `lane.cells`, cell by cell."""

    environment: PlannedEnvironment
    lane: PlannedLane
    observations: list[Observation]
    seconds: list[float | None]
    origins: list[str | None]
    evidence: list[int | None]
    """Numbers of the documents with what lies behind them."""

    def cell(self, index: int) -> ViewCell:
        """Return one cell by its place in `lane.cells`."""
        key = CellKey(self.environment.id, self.lane.name, *self.lane.cells[index])
        return ViewCell(key, self.observations[index], self.seconds[index], self.origins[index])

    def cells(self) -> Iterator[ViewCell]:
        """Return the cells in the order of the plan."""
        for (scenario, helper), seen, seconds, origin in zip(
            self.lane.cells, self.observations, self.seconds, self.origins, strict=True
        ):
            yield ViewCell(CellKey(self.environment.id, self.lane.name, scenario, helper), seen, seconds, origin)


def joined(
    planned: PlannedEnvironment,
    lane: PlannedLane,
    result: EnvironmentResult | None,
    recorded: Mapping[tuple[str, str], CellRow],
    run: RunMeta,
) -> LaneCells:
    """Join the cells of a lane with the rows recorded for them, by (scenario, helper)."""
    unknown = _unknown(lane, result, run)
    block = LaneCells(planned, lane, [], [], [], [])
    for pair in lane.cells:
        row = recorded.get(pair)
        block.observations.append(unknown if row is None else row.observation)
        block.seconds.append(None if row is None else row.seconds)
        block.origins.append(None if row is None else row.origin)
        block.evidence.append(None if row is None else row.evidence)
    return block


def _unknown(lane: PlannedLane, result: EnvironmentResult | None, run: RunMeta) -> Observation:
    """Return what is said of cells of a lane for which nothing is recorded."""
    refused = None if result is None else next(
        (each for each in result.overlays if each.name in lane.overlays and each.status is not None), None
    )  # fmt: skip
    if lane.status is not None:
        outcome, reason = lane.status, lane.reason
    elif result is None:
        outcome, reason = Outcome.NOT_RUN, NOT_LOOKED_AT
    elif result.status is not None:
        outcome, reason = result.status, result.reason
    elif refused is not None and refused.status is not None:
        outcome, reason = refused.status, f"{refused.name}: {refused.reason}"
    elif run.finished is None:
        outcome, reason = Outcome.NOT_RUN, "the run ended before this cell was run"
    else:
        outcome, reason = Outcome.NOT_RUN, "nothing was recorded for this cell"
    return Observation(outcome, None, reason, None, None, isolated=False)
