"""Files of a user's may do anything to the environment that they run in: what they gave is believed when it is whole.

Their results are held back until the environment was looked at. If it has changed it is made anew, and what was held
back is measured again, a batch at a time, until it is known which of them changes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.runner.strategy import EnvironmentJob
from harness.runner.time_budget import not_started
from harness.runner.work import Batch, renumbered

AT_MOST = 64
"""Results that are held back: an environment is looked at for every so many, and an interrupted run loses no more."""
_NAMED = 3
"""Paths that are named of what has changed."""

Damage = tuple[str, ...]
"""Paths of what has changed in an environment."""


class HeldResults:
    """Hands results on as long as nothing has changed. May be used from several threads."""

    def __init__(self, hand_on: Callable[[Sequence[CellResult]], None], look: Callable[[], Damage]) -> None:
        """`look` tells what has changed in the environment that the results are from."""
        self._hand_on = hand_on
        self._look = look
        self._lock = threading.Lock()
        self.held: list[CellResult] = []
        """What was measured since nothing had changed."""
        self.handed_on: set[CellKey] = set()
        self.damage: Damage = ()

    def take(self, results: Sequence[CellResult]) -> None:
        """Hold results back, and hand on what is held if that is much and nothing has changed."""
        with self._lock:
            self.held += results
            if len(self.held) >= AT_MOST:
                self._release()

    def release(self) -> Damage:
        """Hand on what is held if nothing has changed, else return what has."""
        with self._lock:
            self._release()
        return self.damage

    def _release(self) -> None:
        self.damage = self.damage or self._look()
        if not self.damage:
            self._hand_on(self.held)
            self.handed_on.update(result.key for result in self.held)
            self.held = []


def parted(order: EnvironmentJob) -> tuple[EnvironmentJob, EnvironmentJob]:
    """Return the part of a job that files of a user's are, and the rest; each may have no batches."""
    own = [batch for batch in order.batches if batch.own]
    others = [batch for batch in order.batches if not batch.own]
    return replace(order, batches=renumbered(own)), replace(order, batches=renumbered(others))


def batches_without(order: EnvironmentJob, known: Collection[CellKey]) -> list[Batch]:
    """The batches of a job, each as the first of its process, without the cells that are `known`."""
    batches = [
        replace(batch, number=0, cells=tuple(
            cell for cell in batch.cells if CellKey(order.environment, batch.lane.name, *cell) not in known
        ))
        for batch in order.batches
    ]  # fmt: skip
    return [batch for batch in batches if batch.cells]


def blamed(order: EnvironmentJob, results: Sequence[CellResult], damage: Damage) -> list[CellResult]:
    """The cells of a job as those that have changed their environment: nothing else that they say is believed."""
    more = f" and {len(damage) - _NAMED} more" if len(damage) > _NAMED else ""
    detail = f"it changed its environment: {', '.join(damage[:_NAMED])}{more}"
    silent = not_started(order.batches, order.environment, order.fingerprint, detail)
    found = {each.key: each for each in (*silent, *results)}
    return [
        replace(each, outcome=Outcome.CRASH, mechanism="damaged-environment", detail=detail, close=None, facts=None)
        for each in found.values()
    ]
