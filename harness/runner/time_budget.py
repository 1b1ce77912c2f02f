"""When a run stops by itself: what has not begun by then is not begun, and says why."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.runner.classify import Fingerprint
from harness.runner.work import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBudget:
    """The end of the time that a run has."""

    reason: str
    over: Callable[[], bool]
    """Whether it has come."""
    made: Collection[str] = frozenset()
    """Ids of environments that are there already: what is known of their cells is taken over after it, too."""


UNLIMITED = TimeBudget(reason="", over=lambda: False)


def stop_after(seconds: float | None, budget: str | None, clock: Callable[[], float] = time.monotonic) -> TimeBudget:
    """The end of so many seconds from now, `budget` being how that was written; None: there is none."""
    if seconds is None:
        return UNLIMITED
    end = clock() + seconds
    return TimeBudget(reason=f"the budget of {budget} was used up", over=lambda: clock() >= end)


def not_started(batches: Iterable[Batch], environment: str, fingerprint: Fingerprint, reason: str) -> list[CellResult]:
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
