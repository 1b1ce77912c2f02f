"""Runs the cells of one environment at a time, for those who ask what a change of its packages changes.

Nothing is stored: what is seen is handed back, and environments that belong to no profile are removed again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.environments.cached_dirs import remove
from harness.environments.provider import EnvironmentProvider, ProvidedEnvironment
from harness.infra.packages.index import IndexUnavailableError
from harness.infra.platforms import current_platform
from harness.infra.process import supervisor as process
from harness.infra.redaction import redactor
from harness.infra.resources import cache_directory
from harness.interpreters.interpreter import Interpreters
from harness.matrix.spec import MatrixSpec
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.batches import batched
from harness.runner.cell_process import Kit
from harness.runner.classify import broken
from harness.runner.loopback_server import loopback_server
from harness.runner.runtimes import forks, lane_spec_of
from harness.runner.strategy import EnvironmentJob, ResultSink, run_environment
from harness.runner.wire import EnvironmentReport, UnusableReport
from harness.runner.work import Batch
from harness.scenarios.catalogue import scenario_folders
from harness.scenarios.parse import ScenarioFile
from harness.store.redacted import redacted_environment, redacted_result

ReadyHook = Callable[[ProvidedEnvironment], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What was seen of an environment."""

    environment: EnvironmentResult
    """With a status where no cell could be run in it."""
    cells: tuple[CellResult, ...]


class Lab:
    """Makes environments and runs cells in them. May be used from several threads."""

    def __init__(
        self,
        spec: MatrixSpec,
        scenarios: Mapping[str, ScenarioFile],
        interpreters: Interpreters,
        *,
        server: str,
        deadline: float,
    ) -> None:
        platform = current_platform()
        self._recipes = {lane.name: lane_spec_of(lane, platform) for lane in spec.lanes_of(platform)}
        self._scenarios = scenarios
        self._provider = EnvironmentProvider(cache_directory(), interpreters)
        folders = scenario_folders(scenario.path.parent for scenario in scenarios.values())
        self._own = {name for name, scenario in scenarios.items() if scenario.path.parent != folders[-1]}
        self._kit = Kit(scenarios=folders, server=server, cancelled=threading.Event(), memory=spec.memory)
        self._deadline = deadline

    def lock(self, planned: PlannedEnvironment) -> tuple[str, str | None]:
        """The lock file of an environment, or why there is none. Raises `IndexUnavailableError`."""
        lock = self._provider.lock(planned)
        if lock is None or lock.status is Outcome.NOT_RUN:
            raise IndexUnavailableError(
                value=planned.id,
                cause="no interpreter" if lock is None else str(lock.reason),
                action="run the same command again when that is mended",
            )
        return lock.text, lock.reason

    def run(
        self, planned: PlannedEnvironment, *, keep: bool, isolate: bool, look: ReadyHook = lambda _provided: None
    ) -> TrialResult:
        """What the cells of `planned` give; `look` is called when they have been run.

        With `isolate` each of them has a process of its own. Unless `keep` the environment is removed afterwards.
        Raises `StorageError` when there is no room, `ToolError` without uv.
        """
        lanes = [lane for lane in planned.lanes if lane.status is None]
        overlays = sorted({overlay for lane in lanes for overlay in lane.overlays})
        provided = self._provider.provide(planned, overlays, check=True)
        if provided.python is None or provided.directory is None:
            return TrialResult(environment=redacted_environment(redactor(), provided.result), cells=())
        usable = [lane for lane in lanes if all(overlay in provided.overlays for overlay in lane.overlays)]
        batches = batched(
            usable,
            lane_specs=self._recipes,
            overlays=provided.overlays,
            kind=lambda scenario: self._scenarios[scenario].info.kind,
            own=self._own,
        )
        try:
            seen = self._run(provided, provided.python, batches, isolate=isolate)
            look(provided)
        finally:
            # What a user's file may have changed is not kept for other environments.
            if not (any(batch.own for batch in batches) and self._provider.damage(provided)):
                self._provider.collect(provided)
            if not keep:
                remove(provided.directory.parent)
        return seen

    def _run(
        self, provided: ProvidedEnvironment, python: Path, batches: Sequence[Batch], *, isolate: bool
    ) -> TrialResult:
        results: list[CellResult] = []
        reports: list[EnvironmentReport | UnusableReport] = []
        order = EnvironmentJob(
            environment=provided.result.id,
            python=python,
            batches=tuple(batches),
            fingerprint=_no_fingerprint,
            deadline=self._deadline,
            isolate=isolate,
            fork=forks(current_platform()),
            processes=1,
        )
        if batches:
            listener = ResultSink(on_environment=reports.append, on_results=results.extend)
            again = run_environment(self._kit, order, listener)
            if again is not None:
                again()
        environment = provided.result
        for said in reports:
            if isinstance(said, UnusableReport):
                reason = f"{said.mechanism}: {said.detail}"
                environment = replace(environment, status=Outcome.BROKEN, reason=reason, detail=said.exception)
                results = [cell for batch in batches for cell in broken(batch, said, environment.id, _no_fingerprint)]
        clean = redactor()
        return TrialResult(
            environment=redacted_environment(clean, environment),
            cells=tuple(redacted_result(clean, each) for each in results),
        )

    def cancel(self) -> None:
        """End whatever runs, and start nothing more."""
        self._kit.cancelled.set()
        process.sweep()


def _no_fingerprint(_lane: str, _scenario: str) -> str:
    return ""


@contextmanager
def open_lab(
    spec: MatrixSpec, scenarios: Mapping[str, ScenarioFile], interpreters: Interpreters, *, deadline: float
) -> Iterator[Lab]:
    """A laboratory with the server that inline requests go to; whatever runs in it is ended on an exception."""
    with loopback_server() as server:
        made = Lab(spec, scenarios, interpreters, server=server, deadline=deadline)
        try:
            yield made
        except BaseException:
            made.cancel()
            raise
