"""What a worker of a cluster does when it is given a unit: make the environment, run its cells, tell what comes."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distributed import Reschedule, Variable, get_worker, secede

from harness.environments.provider import ProvidedEnvironment
from harness.executors.dask.bundles import bundle_of, name_of, unpacked
from harness.executors.dask.messages import (
    EnvironmentReady,
    KnownMarks,
    Message,
    ResultsEvent,
    RunContext,
    Task,
    TaskReport,
    TaskStarted,
    pack,
    unpack,
)
from harness.infra.errors import HarnessError
from harness.infra.process import supervisor as process
from harness.infra.redaction import redact, redactor
from harness.infra.resources import cache_directory, scenarios_dir
from harness.model.ids import CellKey
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.cell_process import Kit
from harness.runner.environment_runner import EnvironmentRunner
from harness.runner.fingerprints import Fingerprinter
from harness.runner.pending_cells import PendingCells, usable_lanes
from harness.runner.runtimes import AvailablePythons, make_runtime
from harness.runner.strategy import ResultSink
from harness.store.redacted import redacted_environment, redacted_result

FETCH = 60.0
"""Seconds that the scheduler may take to hand on what it keeps for a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What this worker knows of a run."""

    environment_runner: EnvironmentRunner
    marks: Fingerprinter
    kit: Kit


@dataclass(slots=True)
class WorkerState:
    """What this process has to work with. There is one in a worker."""

    stocks: dict[str, AvailablePythons]
    """By platform."""
    server: str
    """URL of the server that inline requests of cells go to."""
    place: Path
    """A private folder, for files that were sent."""
    jobs: int
    stopping: threading.Event = field(default_factory=threading.Event)
    _runs: dict[str, _Run] = field(default_factory=dict)
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, name: str) -> _Run:
        """What is known of a run; asked of the scheduler once."""
        with self._lock:
            if name not in self._runs:
                self._runs[name] = self._fetched(name)
            return self._runs[name]

    def _fetched(self, name: str) -> _Run:
        context: RunContext = _asked(name)
        runtimes = {
            platform: make_runtime(
                platform, context.lane_specs.get(platform, {}), available, cache_directory(), refresh=context.refresh
            )
            for platform, available in self.stocks.items()
        }
        environment_runner = EnvironmentRunner(
            runtimes=runtimes,
            basis=context.basis,
            is_unexpected=context.is_unexpected,
            is_unclaimed=context.is_unclaimed,
            isolate=context.basis.isolate,
            deadline=context.deadline,
        )
        folders = tuple(self._folder(folder) for folder in context.folders)
        kit = Kit(scenarios=folders, server=self.server, cancelled=threading.Event(), memory=context.memory)
        return _Run(environment_runner=environment_runner, marks=Fingerprinter(context.basis), kit=kit)

    def _folder(self, name: str) -> Path:
        """A folder of scenarios by its digest: the built-in one if that is it, else it was sent."""
        if name == name_of(bundle_of(scenarios_dir())):
            return scenarios_dir()
        return unpacked(_asked(name), self.place)

    def cancel(self, name: str) -> None:
        """End what runs of a run. A later one of that name begins anew."""
        known = self._runs.pop(name, None)
        if known is not None:
            known.kit.cancelled.set()

    def stop(self) -> None:
        """End whatever runs; its units are for others."""
        self.stopping.set()
        for name in list(self._runs):
            self.cancel(name)
        process.sweep()

    def share(self, change: int) -> int:
        """How many processes a unit may have, when so many units more are worked on."""
        with self._lock:
            self._busy += change
            return max(1, self.jobs // max(1, self._busy))


WORKER_STATE: list[WorkerState] = []
"""The one of this process, once it has been made: what Dask calls are functions of modules."""


def run_task(run: str, data: bytes) -> bytes:
    """Do a unit of a run; the report. Called by Dask, in a thread of a worker."""
    (bench,) = WORKER_STATE
    task: Task = unpack(data)
    worker = get_worker()
    attempt = uuid.uuid4().hex
    told: list[ResultsEvent] = []

    def tell(message: Message) -> None:
        if isinstance(message, ResultsEvent):
            told.append(message)
        worker.log_event(run, pack((task.environment.id, attempt, message)))

    tell(TaskStarted(environment=task.environment.id, worker=worker.address, attempt=attempt))
    processes = bench.share(1)
    report = TaskReport(worker=worker.address, made=None, told=())
    try:
        report = _worked(bench.run(run), task, tell, report, processes)
    except HarnessError as error:
        report = replace(report, problem=redact(str(error)))
    finally:
        bench.share(-1)
    if bench.stopping.is_set():
        raise Reschedule
    return pack(replace(report, told=tuple(told)))


def _worked(run: _Run, task: Task, tell: Callable[[Message], None], report: TaskReport, processes: int) -> TaskReport:
    clean = redactor()
    began = time.monotonic()
    provided = run.environment_runner.provide(task.environment, check=True)
    overlays = frozenset(provided.overlays)
    report = replace(
        report, made=EnvironmentReady(result=redacted_environment(clean, provided.result), overlays=overlays)
    )
    made = time.monotonic()
    assert report.made is not None
    tell(report.made)
    pending = pending_cells(run.marks, task.environment, provided, task.known)
    order = run.environment_runner.order(task.environment, provided, pending, processes=processes)

    def on_attested(result: EnvironmentResult) -> None:
        tell(ResultsEvent(attested=redacted_environment(clean, result), results=()))

    def on_results(results: Sequence[CellResult]) -> None:
        if results:
            tell(ResultsEvent(attested=None, results=tuple(redacted_result(clean, result) for result in results)))

    if order is not None:
        rest = run.environment_runner.run(
            run.kit, provided, order, ResultSink(on_environment=on_attested, on_results=on_results)
        )
        if rest is not None:
            # Mostly waiting for deadlines: another unit may have this thread's place meanwhile.
            secede()
            rest()
    seconds = (made - began, time.monotonic() - made)
    return replace(report, cancelled=run.kit.cancelled.is_set(), seconds=seconds)


def pending_cells(
    marks: Fingerprinter, environment: PlannedEnvironment, provided: ProvidedEnvironment, known: KnownMarks
) -> PendingCells:
    """What is to be run of an environment that was made here, where the client knows `known`."""
    result = provided.result
    wanted = marks.wanted(result, usable_lanes(environment, provided.overlays)) if result.status is None else {}
    there = known.get(result.fingerprint, {})
    keys = {CellKey(*block, helper) for block, (mark, _) in wanted.items() for helper in there.get(mark, ())}
    return PendingCells(wanted=wanted, known=keys)


def cancel_tasks(run: str) -> None:
    """End the units of a run that this worker works on. Called by Dask, on every worker."""
    for bench in WORKER_STATE:
        bench.cancel(run)


def _asked(name: str) -> Any:
    return unpack(Variable(name).get(timeout=FETCH))
