"""Makes environments on this machine and runs their cells; who asked for it hears what they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.environments.provider import ProvidedEnvironment
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.batches import batched
from harness.runner.cell_process import Kit
from harness.runner.classify import broken
from harness.runner.fingerprints import FingerprintInputs
from harness.runner.guard import HeldResults, batches_without, blamed, parted
from harness.runner.pending_cells import PendingCells, usable_lanes
from harness.runner.rerun import IsUnclaimed, IsUnexpected, RerunQueue
from harness.runner.runtimes import PlatformRuntime
from harness.runner.strategy import EnvironmentJob, ResultSink, run_environment
from harness.runner.time_budget import UNLIMITED, TimeBudget, not_started
from harness.runner.wire import EnvironmentReport, UnusableReport


class EnvironmentRunner:
    """Runs cells of environments here. May be used from several threads."""

    def __init__(
        self,
        *,
        runtimes: Mapping[str, PlatformRuntime],
        basis: FingerprintInputs,
        is_unexpected: IsUnexpected,
        is_unclaimed: IsUnclaimed,
        isolate: bool,
        deadline: float,
        obstacle: str = "",
    ) -> None:
        """`runtimes` by platform. `is_unexpected`, `is_unclaimed`: results that are run again before they are
        believed. `obstacle`: why no cell can run on this machine; empty: they can."""
        self._runtimes = runtimes
        self._basis = basis
        self._is_unexpected = is_unexpected
        self._is_unclaimed = is_unclaimed
        self._isolate = isolate
        self._deadline = deadline
        self._obstacle = obstacle

    def provide(
        self,
        environment: PlannedEnvironment,
        on_lock: Callable[[], object] = lambda: None,
        *,
        check: bool = False,
    ) -> ProvidedEnvironment:
        """Return the environment, made or found, with what its lanes need beside it.

        For `on_lock` and `check` see the provider. Raises `StorageError`, `ToolError`.
        """
        lanes = [lane for lane in environment.lanes if lane.status is None]
        overlays = sorted({overlay for lane in lanes for overlay in lane.overlays})
        return self._runtimes[environment.platform].provider.provide(
            environment, overlays, on_lock=on_lock, check=check
        )

    def order(
        self,
        environment: PlannedEnvironment,
        provided: ProvidedEnvironment,
        pending: PendingCells,
        *,
        processes: int,
        stop: TimeBudget = UNLIMITED,
    ) -> EnvironmentJob | None:
        """What is to be run in an environment, in up to so many processes at once; None: nothing."""
        runtime, result = self._runtimes[environment.platform], provided.result
        if provided.python is None:
            return None
        batches = batched(
            usable_lanes(environment, provided.overlays),
            lane_specs=runtime.lane_specs,
            overlays=provided.overlays,
            kind=self._basis.kinds.__getitem__,
            own=self._basis.own,
            wanted=lambda lane, cell: CellKey(result.id, lane, *cell) not in pending.known,
        )
        if not batches:
            return None
        return EnvironmentJob(
            environment=result.id,
            python=provided.python,
            batches=batches,
            fingerprint=lambda lane, scenario: pending.wanted[result.id, lane, scenario][0],
            deadline=self._deadline * runtime.launcher.patience,
            isolate=self._isolate,
            fork=runtime.fork,
            processes=processes,
            stop=TimeBudget(reason=self._obstacle, over=lambda: True) if self._obstacle else stop,
        )

    def run(
        self, kit: Kit, provided: ProvidedEnvironment, order: EnvironmentJob, sink: ResultSink[EnvironmentResult]
    ) -> Callable[[], None] | None:
        """Run the cells of `order`; `sink` hears of the environment as its first process found it.

        Returns what is still to be done, which is mostly waiting for deadlines.

        Files of a user's come first, apart from all others: they may change the environment.
        """
        kit = replace(kit, launcher=self._runtimes[provided.result.platform].launcher)
        own, others = parted(order)
        if own.batches:
            provided = self._run_own(kit, provided, own, sink)
        if provided.python is None:
            self._not_run(provided.result, others, sink)
            return None
        return self._run(kit, provided, others, sink) if others.batches else None

    def _run(
        self, kit: Kit, provided: ProvidedEnvironment, order: EnvironmentJob, sink: ResultSink[EnvironmentResult]
    ) -> Callable[[], None] | None:
        reruns = RerunQueue(self._is_unexpected, self._is_unclaimed, self._basis.own)
        doubts: list[str] = []

        def on_environment(said: EnvironmentReport | UnusableReport) -> None:
            if (doubt := _doubt(provided, said)) is not None:
                doubts.append(doubt)
                return
            result, cells = attested(provided.result, order, said)
            sink.on_environment(result)
            sink.on_results(cells)

        def on_results(results: Sequence[CellResult]) -> None:
            if not doubts:
                sink.on_results(reruns.filter(results))

        def rest() -> None:
            if again is not None:
                again()
            sink.on_results(reruns.resolve(kit, order))

        again = run_environment(
            kit, order, ResultSink(on_environment=on_environment, on_results=on_results, on_batch=sink.on_batch)
        )
        provider = self._runtimes[provided.result.platform].provider
        if doubts:
            return None if kit.cancelled.is_set() else self._doubted(kit, provided, order, sink, doubts[0])
        if not order.batches[0].own:
            provider.collect(provided)
        return rest if again is not None or reruns.any else None

    def _doubted(
        self,
        kit: Kit,
        provided: ProvidedEnvironment,
        order: EnvironmentJob,
        sink: ResultSink[EnvironmentResult],
        reason: str,
    ) -> Callable[[], None] | None:
        """Run the cells of a job once more, in the environment made anew; they are not run where that is no help."""
        result = replace(provided.result, status=Outcome.NOT_RUN, reason=reason)
        if not provided.made:
            provided = self._runtimes[provided.result.platform].provider.renew(provided)
            if provided.python is not None:
                return self._run(kit, replace(provided, made=True), order, sink)
            result = provided.result
        self._not_run(result, order, sink)
        return None

    def _not_run(self, result: EnvironmentResult, order: EnvironmentJob, sink: ResultSink[EnvironmentResult]) -> None:
        """Say of an environment that is not there any more, and of the cells of a job, why they are not run."""
        sink.on_environment(result)
        sink.on_results(not_started(order.batches, order.environment, order.fingerprint, str(result.reason)))

    def _run_own(
        self, kit: Kit, provided: ProvidedEnvironment, order: EnvironmentJob, sink: ResultSink[EnvironmentResult]
    ) -> ProvidedEnvironment:
        """Run files of a user's to their end; return the environment as it is needed by what comes after them."""
        provider = self._runtimes[provided.result.platform].provider

        def run(job: EnvironmentJob) -> HeldResults:
            held = HeldResults(sink.on_results, lambda: provider.damage(provided))
            rest = self._run(kit, provided, job, replace(sink, on_results=held.take))
            if rest is not None:
                rest()
            if not kit.cancelled.is_set():
                held.release()
            return held

        whole = run(order)
        if whole.damage:
            provided = provider.renew(provided)
            for batch in batches_without(order, whole.handed_on):
                job = replace(order, batches=(batch,))
                if kit.cancelled.is_set():
                    break
                if provided.python is None:
                    self._not_run(provided.result, job, sink)
                    continue
                alone = run(job)
                if alone.damage:
                    sink.on_results(blamed(job, alone.held, alone.damage))
                    provided = provider.renew(provided)
        elif not kit.cancelled.is_set():
            provider.collect(provided)
        return provided


def _doubt(provided: ProvidedEnvironment, said: EnvironmentReport | UnusableReport) -> str | None:
    """Why what a process says of its environment is not to be believed.

    That one of the cache does not work may be damage that nothing else tells; that it is of another interpreter than it
    was made with is.
    """
    if isinstance(said, UnusableReport):
        return None if provided.made else f"{said.mechanism}: {said.detail}"
    expected = provided.result.versions["python_build"]
    build = said.python_build.partition(" ")[2]
    return (
        None if build == expected else f"its interpreter is {build}, not {expected}; make it anew: scrapy-compat clean"
    )


def attested(
    result: EnvironmentResult, order: EnvironmentJob, said: EnvironmentReport | UnusableReport
) -> tuple[EnvironmentResult, list[CellResult]]:
    """Return an environment as a process in it says that it is, and its cells where Scrapy does not import."""
    if isinstance(said, EnvironmentReport):
        return replace(result, versions={**result.versions, **said.versions, "python_build": said.python_build}), []
    reason = f"{said.mechanism}: {said.detail}"
    cells = [cell for batch in order.batches for cell in broken(batch, said, order.environment, order.fingerprint)]
    return replace(result, status=Outcome.BROKEN, reason=reason, detail=said.exception), cells
