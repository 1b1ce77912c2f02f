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
from harness.errors import HarnessError
from harness.executors.messages import Baggage, Begun, KnownMarks, Made, Message, Report, Told, Unit, pack, unpack
from harness.executors.parcels import name_of, parcel_of, unpacked
from harness.plan.model import PlannedEnvironment
from harness.process import running as process
from harness.redaction import redact, redactor
from harness.results import CellKey, CellResult, EnvironmentResult
from harness.rigging import Stock, make_rig
from harness.runner.cellprocess import Kit
from harness.runner.execution import Todo, usable_lanes
from harness.runner.fingerprints import Marks
from harness.runner.workshop import Hearing, Workshop
from harness.shipped import cache_directory, scenarios_dir
from harness.store.redacted import redacted_environment, redacted_result

FETCH = 60.0
"""Seconds that the scheduler may take to hand on what it keeps for a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What this worker knows of a run."""

    workshop: Workshop
    marks: Marks
    kit: Kit


@dataclass(slots=True)
class Bench:
    """What this process has to work with. There is one in a worker."""

    stocks: dict[str, Stock]
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
        baggage: Baggage = _asked(name)
        rigs = {
            platform: make_rig(
                platform, baggage.recipes.get(platform, {}), stock, cache_directory(), refresh=baggage.refresh
            )
            for platform, stock in self.stocks.items()
        }
        workshop = Workshop(
            rigs=rigs,
            basis=baggage.basis,
            is_unexpected=baggage.is_unexpected,
            is_unclaimed=baggage.is_unclaimed,
            isolate=baggage.basis.isolate,
            deadline=baggage.deadline,
        )
        folders = tuple(self._folder(folder) for folder in baggage.folders)
        kit = Kit(scenarios=folders, server=self.server, cancelled=threading.Event(), memory=baggage.memory)
        return _Run(workshop=workshop, marks=Marks(baggage.basis), kit=kit)

    def _folder(self, name: str) -> Path:
        """A folder of scenarios by its digest: the built-in one if that is it, else it was sent."""
        if name == name_of(parcel_of(scenarios_dir())):
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


BENCH: list[Bench] = []
"""The one of this process, once it has been made: what Dask calls are functions of modules."""


def run_unit(run: str, data: bytes) -> bytes:
    """Do a unit of a run; the report. Called by Dask, in a thread of a worker."""
    (bench,) = BENCH
    unit: Unit = unpack(data)
    worker = get_worker()
    attempt = uuid.uuid4().hex
    told: list[Told] = []

    def tell(message: Message) -> None:
        if isinstance(message, Told):
            told.append(message)
        worker.log_event(run, pack((unit.environment.id, attempt, message)))

    tell(Begun(environment=unit.environment.id, worker=worker.address, attempt=attempt))
    processes = bench.share(1)
    report = Report(worker=worker.address, made=None, told=())
    try:
        report = _worked(bench.run(run), unit, tell, report, processes)
    except HarnessError as error:
        report = replace(report, problem=redact(str(error)))
    finally:
        bench.share(-1)
    if bench.stopping.is_set():
        raise Reschedule
    return pack(replace(report, told=tuple(told)))


def _worked(run: _Run, unit: Unit, tell: Callable[[Message], None], report: Report, processes: int) -> Report:
    clean = redactor()
    began = time.monotonic()
    provided = run.workshop.provide(unit.environment)
    overlays = frozenset(provided.overlays)
    report = replace(report, made=Made(result=redacted_environment(clean, provided.result), overlays=overlays))
    made = time.monotonic()
    assert report.made is not None
    tell(report.made)
    todo = todo_of(run.marks, unit.environment, provided, unit.known)
    order = run.workshop.order(unit.environment, provided, todo, processes=processes)

    def on_attested(result: EnvironmentResult) -> None:
        tell(Told(attested=redacted_environment(clean, result), results=()))

    def on_results(results: Sequence[CellResult]) -> None:
        if results:
            tell(Told(attested=None, results=tuple(redacted_result(clean, result) for result in results)))

    if order is not None:
        rest = run.workshop.run(run.kit, provided, order, Hearing(on_attested=on_attested, on_results=on_results))
        if rest is not None:
            # Mostly waiting for deadlines: another unit may have this thread's place meanwhile.
            secede()
            rest()
    seconds = (made - began, time.monotonic() - made)
    return replace(report, cancelled=run.kit.cancelled.is_set(), seconds=seconds)


def todo_of(marks: Marks, environment: PlannedEnvironment, provided: ProvidedEnvironment, known: KnownMarks) -> Todo:
    """What is to be run of an environment that was made here, where the client knows `known`."""
    result = provided.result
    wanted = marks.wanted(result, usable_lanes(environment, provided.overlays)) if result.status is None else {}
    there = known.get(result.fingerprint, {})
    keys = {CellKey(*block, helper) for block, (mark, _) in wanted.items() for helper in there.get(mark, ())}
    return Todo(wanted=wanted, known=keys)


def cancel_units(run: str) -> None:
    """End the units of a run that this worker works on. Called by Dask, on every worker."""
    for bench in BENCH:
        bench.cancel(run)


def _asked(name: str) -> Any:
    return unpack(Variable(name).get(timeout=FETCH))
