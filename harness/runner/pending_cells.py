"""What is still to be run of an environment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from harness.model.ids import CellKey
from harness.plan.plan_records import PlannedEnvironment, PlannedLane
from harness.store.records import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCells:
    """What is to be run of an environment."""

    wanted: Wanted
    known: Collection[CellKey]
    """Those of the cells that are known and need not be run."""


def usable_lanes(environment: PlannedEnvironment, overlays: Collection[str]) -> list[PlannedLane]:
    """The lanes of an environment that can be run where these of its overlays are there."""
    return [lane for lane in environment.lanes if lane.status is None and set(lane.overlays) <= set(overlays)]
