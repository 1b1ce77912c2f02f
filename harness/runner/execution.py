"""Provides environments and runs their cells, many at once, and stores what comes as it comes."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.environments.provider import EnvironmentProvider, ProvidedEnvironment
from harness.plan.model import Plan, PlannedEnvironment, PlannedLane
from harness.process import running as process
from harness.progress import RunProgress
from harness.results import CellKey, CellResult, EnvironmentResult, Outcome
from harness.runner.batching import batched
from harness.runner.cellprocess import Kit
from harness.runner.doubts import Doubts, IsUnexpected
from harness.runner.environment import Listener, Order, run_environment
from harness.runner.fingerprints import FingerprintBasis, cell_fingerprints
from harness.runner.orders import LaneRecipe
from harness.runner.outcomes import Line
from harness.runner.settle import broken
from harness.store.earlier import EarlierRuns, Wanted
from harness.store.reading import BlockKey
from harness.store.run_store import RunStore

TICK = 0.2
"""Seconds between two looks at the clock while nothing happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionOptions:
    """How the cells of a plan are to be run."""

    jobs: int
    isolate: bool
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What runs the cells of one platform on this machine."""

    provider: EnvironmentProvider
    recipes: Mapping[str, LaneRecipe]
    """By name of the lane."""
    fork: bool
    """Whether its processes can fork."""


Event = Callable[[], object]
"""Something that the main thread has to do: all writing and showing happens there."""


class Execution:
    """Runs what a plan asks for and what earlier runs do not answer already."""

    def __init__(
        self,
        plan: Plan,
        *,
        rigs: Mapping[str, Rig],
        kit: Kit,
        basis: FingerprintBasis,
        open_store: Callable[[], RunStore],
        earlier: EarlierRuns | None,
        is_unexpected: IsUnexpected,
        options: ExecutionOptions,
    ) -> None:
        """`rigs` by platform. `is_unexpected`: results of which it is true are run again before they are believed."""
        # Those in which nothing can run (no lane of them is supported) need not be made. The largest come first:
        # one that is begun last is all that runs at the end.
        self._environments = sorted(
            (each for each in plan.environments if each.status is None and _size(each)), key=_size, reverse=True
        )
        self._rigs = rigs
        self._kit = kit
        self._basis = basis
        self._open_store = open_store
        self._earlier = earlier
        self._is_unexpected = is_unexpected
        self._unchanged: list[tuple[EnvironmentResult, Wanted]] = []
        self.store: RunStore | None = None
        """The store of this run; None as long as an earlier run says all that is asked for."""
        self._options = options
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._open = len(self._environments)
        self._recorded: set[str] = set()
        self._counts: dict[int, Mapping[str, int]] = {}
        self.executed = 0
        """Cells that were run, not taken from an earlier run."""

    def run(self, progress: RunProgress) -> None:
        """Run to the end. On any exception (Ctrl-C too) all processes are killed; what had finished is stored."""
        self._progress = progress
        jobs = self._options.jobs
        with (
            ThreadPoolExecutor(jobs, "provide") as providers,
            ThreadPoolExecutor(jobs, "run") as self._runners,
            ThreadPoolExecutor(jobs, "suspects") as self._suspects,
        ):
            try:
                for environment in self._environments:
                    self._watch(providers.submit(self._provide, environment))
                while self._open:
                    self._next_event()
                if self._earlier is None or self._earlier.same_id is None:
                    # Even a run that finds nothing to do says so, if none did before.
                    self.begun()
            except BaseException:
                self._kit.cancelled.set()
                for pool in (providers, self._runners, self._suspects):
                    pool.shutdown(wait=False, cancel_futures=True)
                process.sweep()
                raise

    def _next_event(self) -> None:
        try:
            event = self._events.get(timeout=TICK)
        except queue.Empty:
            self._progress.tick()
        else:
            event()

    def _watch(self, future: Future[None]) -> None:
        """An exception in a worker thread becomes one in the main thread."""

        def done(finished: Future[None]) -> None:
            if not finished.cancelled() and finished.exception() is not None:
                self._events.put(finished.result)

        future.add_done_callback(done)

    # In the worker threads

    def _provide(self, environment: PlannedEnvironment) -> None:
        self._events.put(lambda: self._progress.building(environment.id))
        lanes = [lane for lane in environment.lanes if lane.status is None]
        overlays = sorted({overlay for lane in lanes for overlay in lane.overlays})
        provided = self._rigs[environment.platform].provider.provide(environment, overlays)
        self._events.put(lambda: self._provided(environment, provided))

    def _run(self, environment: PlannedEnvironment, provided: ProvidedEnvironment, order: Order) -> None:
        self._events.put(lambda: self._progress.running(environment.id))
        doubts = Doubts(self._is_unexpected)

        def on_results(results: Sequence[CellResult]) -> None:
            believed = doubts.sifted(results)
            self._events.put(lambda: self._results(believed))

        listener = Listener(
            on_environment=lambda line: self._events.put(lambda: self._attested(provided, order, line)),
            on_results=on_results,
        )
        again = run_environment(self._kit, order, listener)
        self._rigs[environment.platform].provider.collect(provided)
        if again is None and not doubts.any:
            self._events.put(lambda: self._done(environment))
        else:
            # In a pool of its own: waiting for deadlines must not keep other environments from being run.
            self._watch(self._suspects.submit(self._run_again, environment, order, again, doubts))

    def _run_again(
        self, environment: PlannedEnvironment, order: Order, again: Callable[[], None] | None, doubts: Doubts
    ) -> None:
        if again is not None:
            again()
        settled = doubts.settled(self._kit, order)
        self._events.put(lambda: self._results(settled))
        self._events.put(lambda: self._done(environment))

    # In the main thread

    def _provided(self, environment: PlannedEnvironment, provided: ProvidedEnvironment) -> None:
        result = provided.result
        self._progress.waiting(result)
        lanes = [lane for lane in environment.lanes if lane.status is None and _has_overlays(lane, provided)]
        runnable = provided.python is not None and result.status is None
        wanted = self._wanted(result, lanes) if runnable else {}
        if self.store is None and self._earlier is not None and self._earlier.says_all(result, wanted):
            self._unchanged.append((result, wanted))
            self._done(environment)
            return
        store = self.begun()
        known = self._carry(store, result, wanted)
        rig = self._rigs[environment.platform]
        batches = batched(
            lanes if runnable else (),
            recipes=rig.recipes,
            overlays=provided.overlays,
            kind=lambda scenario: self._basis.scenarios[scenario].info.kind,
            wanted=lambda lane, cell: CellKey(result.id, lane, *cell) not in known,
        )
        if not batches or provided.python is None:
            self._done(environment)
            return
        order = Order(
            environment=result.id,
            python=provided.python,
            batches=batches,
            fingerprint=lambda lane, scenario: wanted[result.id, lane, scenario][0],
            deadline=self._options.deadline,
            isolate=self._options.isolate,
            fork=rig.fork,
            processes=max(1, self._options.jobs // self._open),
        )
        self._watch(self._runners.submit(self._run, environment, provided, order))

    def _wanted(self, result: EnvironmentResult, lanes: Sequence[PlannedLane]) -> Wanted:
        fingerprint = cell_fingerprints(self._basis, result)
        wanted: dict[BlockKey, tuple[str, int]] = {}
        for lane in lanes:
            for scenario, count in self._counted(lane).items():
                wanted[result.id, lane.name, scenario] = (fingerprint(lane, scenario), count)
        return wanted

    def _counted(self, lane: PlannedLane) -> Mapping[str, int]:
        """Number of cells by scenario; counted once for all the lanes that share their grid."""
        known = self._counts.get(id(lane.cells))
        if known is None:
            known = self._counts[id(lane.cells)] = Counter(scenario for scenario, _ in lane.cells)
        return known

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
            self._record(attested or result)
        return known

    def _record(self, result: EnvironmentResult) -> None:
        if result.id not in self._recorded:
            self._recorded.add(result.id)
            self.begun().record_environment(result)

    def _attested(self, provided: ProvidedEnvironment, order: Order, line: Line) -> None:
        """The first process of an environment has said what it is, or that Scrapy does not import."""
        result = provided.result
        if line["type"] == "environment":
            versions = {**result.versions, **line["versions"], "python_build": line["python_build"]}
            self._record(replace(result, versions=versions))
            return
        reason = f"{line['mechanism']}: {line['detail']}"
        self._record(replace(result, status=Outcome.BROKEN, reason=reason, detail=line["exception"]))
        self._results(
            [cell for batch in order.batches for cell in broken(batch, line, order.environment, order.fingerprint)]
        )

    def _results(self, results: Sequence[CellResult]) -> None:
        if not results:
            return
        self.begun().record_cells(results)
        self.executed += len(results)
        self._progress.results(results)

    def _done(self, environment: PlannedEnvironment) -> None:
        self._open -= 1
        self._progress.environment_done(environment.id)


def _size(environment: PlannedEnvironment) -> int:
    """How many cells there are to be run in it."""
    return sum(len(lane.cells) for lane in environment.lanes if lane.status is None)


def _has_overlays(lane: PlannedLane, provided: ProvidedEnvironment) -> bool:
    return all(overlay in provided.overlays for overlay in lane.overlays)
