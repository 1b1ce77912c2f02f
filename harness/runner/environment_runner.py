"""Makes environments on this machine and runs their cells; who asked for it hears what they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.environments.provider import ProvidedEnvironment
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.batches import batched
from harness.runner.cell_process import Kit
from harness.runner.classify import broken
from harness.runner.fingerprints import FingerprintInputs
from harness.runner.pending_cells import PendingCells, usable_lanes
from harness.runner.rerun import IsUnclaimed, IsUnexpected, RerunQueue
from harness.runner.runtimes import PlatformRuntime
from harness.runner.strategy import EnvironmentJob, ResultSink, run_environment
from harness.runner.time_budget import UNLIMITED, TimeBudget
from harness.runner.wire import EnvironmentReport, UnusableReport


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSink:
    """Who hears of an environment; called from the threads that run its processes."""

    on_attested: Callable[[EnvironmentResult], None]
    """The environment as its first process found it; `BROKEN` where Scrapy does not import."""
    on_results: Callable[[Sequence[CellResult]], None]
    """Results, each cell's once; perhaps none."""


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
    ) -> None:
        """`runtimes` by platform. `is_unexpected`, `is_unclaimed`: results that are run again before they are
        believed."""
        self._runtimes = runtimes
        self._basis = basis
        self._is_unexpected = is_unexpected
        self._is_unclaimed = is_unclaimed
        self._isolate = isolate
        self._deadline = deadline

    def provide(
        self, environment: PlannedEnvironment, on_lock: Callable[[], object] = lambda: None
    ) -> ProvidedEnvironment:
        """Return the environment, made or found, with what its lanes need beside it; for `on_lock` see the provider.

        Raises `StorageError`, `ToolError`.
        """
        lanes = [lane for lane in environment.lanes if lane.status is None]
        overlays = sorted({overlay for lane in lanes for overlay in lane.overlays})
        return self._runtimes[environment.platform].provider.provide(environment, overlays, on_lock=on_lock)

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
            stop=stop,
        )

    def run(
        self, kit: Kit, provided: ProvidedEnvironment, order: EnvironmentJob, sink: EnvironmentSink
    ) -> Callable[[], None] | None:
        """Run the cells of `order`. Returns what is still to be done, which is mostly waiting for deadlines."""
        reruns = RerunQueue(self._is_unexpected, self._is_unclaimed, self._basis.own)
        runtime = self._runtimes[provided.result.platform]
        kit = replace(kit, launcher=runtime.launcher)

        def on_environment(said: EnvironmentReport | UnusableReport) -> None:
            result, cells = attested(provided.result, order, said)
            sink.on_attested(result)
            sink.on_results(cells)

        def on_results(results: Sequence[CellResult]) -> None:
            sink.on_results(reruns.filter(results))

        def rest() -> None:
            if again is not None:
                again()
            sink.on_results(reruns.resolve(kit, order))

        again = run_environment(kit, order, ResultSink(on_environment=on_environment, on_results=on_results))
        runtime.provider.collect(provided)
        return rest if again is not None or reruns.any else None


def attested(
    result: EnvironmentResult, order: EnvironmentJob, said: EnvironmentReport | UnusableReport
) -> tuple[EnvironmentResult, list[CellResult]]:
    """Return an environment as a process in it says that it is, and its cells where Scrapy does not import."""
    if isinstance(said, EnvironmentReport):
        return replace(result, versions={**result.versions, **said.versions, "python_build": said.python_build}), []
    reason = f"{said.mechanism}: {said.detail}"
    cells = [cell for batch in order.batches for cell in broken(batch, said, order.environment, order.fingerprint)]
    return replace(result, status=Outcome.BROKEN, reason=reason, detail=said.exception), cells
