"""Makes environments on this machine and runs their cells; who asked for it hears what they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.environments.provider import ProvidedEnvironment
from harness.plan.model import PlannedEnvironment
from harness.results import CellKey, CellResult, EnvironmentResult, Outcome
from harness.runner.batching import batched
from harness.runner.cellprocess import Kit
from harness.runner.doubts import Doubts, IsUnclaimed, IsUnexpected
from harness.runner.environment import Listener, Order, run_environment
from harness.runner.execution import Rig, Todo, usable_lanes
from harness.runner.fingerprints import FingerprintBasis
from harness.runner.settle import broken
from harness.runner.stopping import NEVER, Stop
from harness.runner.wire import EnvironmentReport, UnusableReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Who hears of an environment; called from the threads that run its processes."""

    on_attested: Callable[[EnvironmentResult], None]
    """The environment as its first process found it; `BROKEN` where Scrapy does not import."""
    on_results: Callable[[Sequence[CellResult]], None]
    """Results, each cell's once; perhaps none."""


class Workshop:
    """Runs cells of environments here. May be used from several threads."""

    def __init__(
        self,
        *,
        rigs: Mapping[str, Rig],
        basis: FingerprintBasis,
        is_unexpected: IsUnexpected,
        is_unclaimed: IsUnclaimed,
        isolate: bool,
        deadline: float,
    ) -> None:
        """`rigs` by platform. `is_unexpected`, `is_unclaimed`: results that are run again before they are believed."""
        self._rigs = rigs
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
        return self._rigs[environment.platform].provider.provide(environment, overlays, on_lock=on_lock)

    def order(
        self,
        environment: PlannedEnvironment,
        provided: ProvidedEnvironment,
        todo: Todo,
        *,
        processes: int,
        stop: Stop = NEVER,
    ) -> Order | None:
        """What is to be run in an environment, in up to so many processes at once; None: nothing."""
        rig, result = self._rigs[environment.platform], provided.result
        if provided.python is None:
            return None
        batches = batched(
            usable_lanes(environment, provided.overlays),
            recipes=rig.recipes,
            overlays=provided.overlays,
            kind=self._basis.kinds.__getitem__,
            own=self._basis.own,
            wanted=lambda lane, cell: CellKey(result.id, lane, *cell) not in todo.known,
        )
        if not batches:
            return None
        return Order(
            environment=result.id,
            python=provided.python,
            batches=batches,
            fingerprint=lambda lane, scenario: todo.wanted[result.id, lane, scenario][0],
            deadline=self._deadline * rig.launcher.patience,
            isolate=self._isolate,
            fork=rig.fork,
            processes=processes,
            stop=stop,
        )

    def run(self, kit: Kit, provided: ProvidedEnvironment, order: Order, hearing: Hearing) -> Callable[[], None] | None:
        """Run the cells of `order`. Returns what is still to be done, which is mostly waiting for deadlines."""
        doubts = Doubts(self._is_unexpected, self._is_unclaimed, self._basis.own)
        rig = self._rigs[provided.result.platform]
        kit = replace(kit, launcher=rig.launcher)

        def on_environment(said: EnvironmentReport | UnusableReport) -> None:
            result, cells = attested(provided.result, order, said)
            hearing.on_attested(result)
            hearing.on_results(cells)

        def on_results(results: Sequence[CellResult]) -> None:
            hearing.on_results(doubts.sifted(results))

        def rest() -> None:
            if again is not None:
                again()
            hearing.on_results(doubts.settled(kit, order))

        again = run_environment(kit, order, Listener(on_environment=on_environment, on_results=on_results))
        rig.provider.collect(provided)
        return rest if again is not None or doubts.any else None


def attested(
    result: EnvironmentResult, order: Order, said: EnvironmentReport | UnusableReport
) -> tuple[EnvironmentResult, list[CellResult]]:
    """Return an environment as a process in it says that it is, and its cells where Scrapy does not import."""
    if isinstance(said, EnvironmentReport):
        return replace(result, versions={**result.versions, **said.versions, "python_build": said.python_build}), []
    reason = f"{said.mechanism}: {said.detail}"
    cells = [cell for batch in order.batches for cell in broken(batch, said, order.environment, order.fingerprint)]
    return replace(result, status=Outcome.BROKEN, reason=reason, detail=said.exception), cells
