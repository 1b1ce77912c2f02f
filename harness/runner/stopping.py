"""When a run stops by itself: what has not begun by then is not begun, and says why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.results import CellKey, CellResult, Outcome
from harness.runner.orders import Batch
from harness.runner.settle import Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The end of the time that a run has."""

    reason: str
    over: Callable[[], bool]
    """Whether it has come."""


NEVER = Stop(reason="", over=lambda: False)


def stop_after(seconds: float | None, budget: str | None, clock: Callable[[], float] = time.monotonic) -> Stop:
    """The end of so many seconds from now, `budget` being how that was written; None: there is none."""
    if seconds is None:
        return NEVER
    end = clock() + seconds
    return Stop(reason=f"the budget of {budget} was used up", over=lambda: clock() >= end)


def not_begun(batches: Iterable[Batch], environment: str, fingerprint: Fingerprint, reason: str) -> list[CellResult]:
    """Results of cells that are not begun any more."""
    return [
        CellResult(
            key=CellKey(environment, batch.lane.name, scenario, helper),
            outcome=Outcome.NOT_RUN,
            mechanism=None,
            detail=reason,
            close=None,
            facts=None,
            seconds=None,
            isolated=False,
            fingerprint=fingerprint(batch.lane.name, scenario),
        )
        for batch in batches
        for scenario, helper in batch.cells
    ]
