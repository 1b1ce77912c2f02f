"""Which units are open, and which of them some worker can do: one that nobody can is not waited for for ever."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from harness.environments.provider import environment_result
from harness.executors.dask.messages import Task, offer
from harness.executors.dask.result_merger import ResultMerger
from harness.model.outcome import Outcome
from harness.runner.coordinator import RunCoordinator

GRACE = 20.0
"""Seconds for which a worker that could do what is left may be missing, when all the rest has been done."""


@dataclass(slots=True, kw_only=True, eq=False)
class OpenTask:
    """A unit on its way."""

    task: Task
    recording: ResultMerger
    place: int
    """In the order in which units should be begun."""
    begun: dict[str, str] = field(default_factory=dict)
    """Workers that began it, by attempt."""
    started: bool = False
    """Whether the scheduler has it."""
    times: int = 0
    """How often it was given to the scheduler anew."""
    repeated: bool = False
    missed: float | None = None
    """Since when no worker can do it."""

    @property
    def needs(self) -> tuple[str, str]:
        """Platform and Python."""
        return self.task.environment.platform, self.task.environment.python

    @property
    def resources(self) -> dict[str, float]:
        """What a worker must have, as Dask wants to know it."""
        return {offer(*self.needs): 1}

    def key(self, run: str) -> str:
        """The name of it on the scheduler."""
        key = self.task.key(run)
        return f"{key}-{self.times}" if self.times else key

    def refuse(self, status: Outcome, reason: str) -> None:
        """Record that it cannot be run."""
        self.recording.refused(environment_result(self.task.environment, status=status, reason=reason))


class OpenTasks:
    """The units that are not done."""

    def __init__(self) -> None:
        self._works: dict[str, OpenTask] = {}

    @property
    def open(self) -> Collection[OpenTask]:
        """Those that are not done."""
        return self._works.values()

    def add(self, task: Task, execution: RunCoordinator) -> None:
        """One more unit."""
        recording = ResultMerger(task.environment, execution)
        self._works[task.environment.id] = OpenTask(task=task, recording=recording, place=len(self._works))

    def by_environment(self, environment: str) -> OpenTask | None:
        """The unit of an environment; None once it is done."""
        return self._works.get(environment)

    def done(self, work: OpenTask) -> None:
        """It need not be thought of any more."""
        self._works.pop(work.task.environment.id, None)

    def placeable(self, offers: Collection[tuple[str, str]]) -> list[OpenTask]:
        """Those that can be given to the scheduler for the first time, now that workers offer `offers`."""
        now = time.monotonic()
        for work in self.open:
            if work.needs in offers:
                work.missed = None
            elif work.missed is None:
                work.missed = now
        ready = [work for work in self.open if work.missed is None and not work.started]
        for work in ready:
            work.started = True
        return ready

    def hopeless(self, foreign: Sequence[str]) -> Iterator[tuple[OpenTask, str]]:
        """Those that nobody can do, with the reason, when nothing else is left and they have waited long enough.

        `foreign`: workers whose harness is another one.
        """
        now = time.monotonic()
        if any(work.missed is None or now - work.missed < GRACE for work in self.open):
            return
        for work in list(self.open):
            platform, python = work.needs
            reason = f"no worker has Python {python} on {platform}"
            if work.begun:
                reason += f" any more; it was begun by {', '.join(dict.fromkeys(work.begun.values()))}"
            if foreign:
                reason += f". Workers with another version of the harness were left out: {', '.join(foreign)}"
            yield work, f"{reason}. Start `scrapy-compat worker` on a machine that has it"
