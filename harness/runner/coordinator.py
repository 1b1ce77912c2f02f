"""The run of a plan: what is asked of whoever runs cells, what earlier runs know, and what is stored as it comes."""

from __future__ import annotations

import queue
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.runner.fingerprints import Fingerprinter, FingerprintInputs
from harness.runner.pending_cells import PendingCells, usable_lanes
from harness.runner.progress import RunProgress
from harness.store.previous_runs import PreviousRuns
from harness.store.records import Wanted
from harness.store.run_store import RunStore, Seconds

TICK = 0.2
"""Seconds between two looks at the clock while nothing happens."""


class Executor(Protocol):
    """Where cells are run: on this machine, or on many."""

    @property
    def missing(self) -> Mapping[str, str]:
        """The interpreters that were not found: for each a line that names it. Complete when `run` has returned."""

    given_up: dict[str, str]
    """Why environments were given up, by their ids: complete when `run` has returned."""

    def run(self, environments: Sequence[PlannedEnvironment], execution: RunCoordinator) -> None:
        """Tell `execution` of every environment what is found, what its cells give, and when it is done.

        Returns when all are done. Whatever it raises, Ctrl-C too: nothing of it goes on, and what came was told.
        """


Event = Callable[[], object]
"""Something that the main thread has to do: all writing and showing happens there."""


class RunCoordinator:
    """Has run what a plan asks for and what earlier runs do not answer already.

    Methods are for the main thread, unless they say that they may be called from any.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        executor: Executor,
        basis: FingerprintInputs,
        open_store: Callable[[], RunStore],
        earlier: PreviousRuns | None,
        order: Sequence[str] = (),
    ) -> None:
        """`order`: ids of the environments in the order in which they are wanted; empty: it does not matter."""
        # Those in which nothing can run (no lane of them is supported) need not be made.
        environments = [each for each in plan.environments if each.status is None and _size(each)]
        wanted = {name: number for number, name in enumerate(order)}
        # Else the largest come first: one that is begun last is all that runs at the end.
        self._environments = sorted(environments, key=lambda each: (wanted.get(each.id, 0), -_size(each)))
        self._executor = executor
        self._marks = Fingerprinter(basis)
        self._open_store = open_store
        self._earlier = earlier
        self._unchanged: list[tuple[EnvironmentResult, Wanted]] = []
        self.store: RunStore | None = None
        """The store of this run; None as long as an earlier run says all that is asked for."""
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.open = len(self._environments)
        """Environments that are not done yet."""
        self._recorded: set[str] = set()
        self._seconds: dict[str, Seconds] = {}
        self.executed = 0
        """Cells that were run, not taken from an earlier run."""

    def run(self, progress: RunProgress) -> None:
        """Run to the end; raises what the executor raises. What had finished is stored."""
        self._progress = progress
        try:
            self._executor.run(self._environments, self)
        finally:
            if self.store is not None and self._seconds:
                self.store.record_seconds(self._seconds)
        if self._earlier is None or self._earlier.same_id is None:
            # Even a run that finds nothing to do says so, if none did before.
            self.begun()

    # What executors call

    def post(self, event: Event) -> None:
        """Have the main thread do something. May be called from any thread."""
        self._events.put(event)

    def watch(self, future: Future[None]) -> None:
        """An exception in a worker thread becomes one in the main thread. May be called from any thread."""

        def done(finished: Future[None]) -> None:
            if not finished.cancelled() and finished.exception() is not None:
                self.post(finished.result)

        future.add_done_callback(done)

    def listen(self, tick: Callable[[], object] = lambda: None) -> None:
        """Do what was posted until every environment is done; `tick` is called a few times a second meanwhile."""
        while self.open:
            try:
                event = self._events.get(timeout=TICK)
            except queue.Empty:
                self._progress.tick()
            else:
                event()
            tick()

    def building(self, environment: str) -> None:
        """An environment is being made."""
        self._progress.building(environment)

    def resolved(self, environment: str) -> None:
        """Its packages are known, and are being installed."""
        self._progress.resolved(environment)

    def running(self, environment: str) -> None:
        """Its cells are being run."""
        self._progress.running(environment)

    def asking(self, environment: str, what: str) -> None:
        """This of its cells is being run, a lane or a lane and a scenario."""
        self._progress.asking(environment, what)

    def knows_all(self, environment: PlannedEnvironment, result: EnvironmentResult, overlays: Collection[str]) -> bool:
        """Whether nothing of an environment is to be run or stored, since an earlier run says it all."""
        return self._says_all(result, self._wanted(environment, result, overlays))

    def provided(
        self, environment: PlannedEnvironment, result: EnvironmentResult, overlays: Collection[str]
    ) -> PendingCells | None:
        """What is to be run of an environment that is there, with these of its overlays; None: nothing."""
        self._progress.waiting(result)
        wanted = self._wanted(environment, result, overlays)
        if self._says_all(result, wanted):
            self._unchanged.append((result, wanted))
            return None
        known = self._carry(self.begun(), result, wanted)
        missing = sum(count for _, count in wanted.values()) - len(known)
        return PendingCells(wanted=wanted, known=known) if missing > 0 else None

    def attested(self, result: EnvironmentResult) -> None:
        """The first process of an environment has said what it is, or that Scrapy does not import."""
        if result.id not in self._recorded:
            self._recorded.add(result.id)
            self.begun().record_environment(result)

    def results(self, results: Sequence[CellResult]) -> None:
        """Cells have their results, each for the first time."""
        if not results:
            return
        self.begun().record_cells(results)
        self.executed += sum(result.outcome is not Outcome.NOT_RUN for result in results)
        self._progress.results(results)

    def done(self, environment: str, seconds: Seconds | None = None) -> None:
        """Nothing more comes of an environment, for which so many seconds were worked if something was run in it."""
        if seconds is not None:
            self._seconds[environment] = seconds
        self.open -= 1
        self._progress.environment_done(environment)

    # What is known already

    def _wanted(self, environment: PlannedEnvironment, result: EnvironmentResult, overlays: Collection[str]) -> Wanted:
        return self._marks.wanted(result, usable_lanes(environment, overlays)) if result.status is None else {}

    def _says_all(self, result: EnvironmentResult, wanted: Wanted) -> bool:
        return self.store is None and self._earlier is not None and self._earlier.says_all(result, wanted)

    def begun(self) -> RunStore:
        """The store of this run, made when the first thing is found that no earlier run says."""
        if self.store is None:
            self.store = self._open_store()
            for result, wanted in self._unchanged:
                self._carry(self.store, result, wanted)
            self._unchanged.clear()
        return self.store

    def _carry(self, store: RunStore, result: EnvironmentResult, wanted: Wanted) -> set[CellKey]:
        """Take over what earlier runs know of an environment; the keys of its cells that are known then."""
        if self._earlier is not None and wanted:
            self._earlier.carry_into(store, result, wanted)
        known = store.keys(result.id)
        self._progress.carried(result.id, len(known))
        attested = self._earlier.environment(result) if self._earlier is not None and known else None
        if attested is not None or len(known) == sum(count for _, count in wanted.values()):
            # Otherwise it is recorded when the first process in it has said what it is.
            self.attested(attested or result)
        return known


def _size(environment: PlannedEnvironment) -> int:
    """How many cells there are to be run in it."""
    return sum(len(lane.cells) for lane in environment.lanes if lane.status is None)
