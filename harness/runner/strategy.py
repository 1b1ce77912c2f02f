"""The strategy for one environment: cells in batches first, alone whatever hangs, crashes or surprises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from harness.model.result import CellResult
from harness.runner.cell_process import Kit, run_request
from harness.runner.classify import Fingerprint, classify
from harness.runner.deadlines import IN_COMPANY
from harness.runner.plain_crawl import lanes_without_crawls, never_crawled, without_crawls
from harness.runner.time_budget import UNLIMITED, TimeBudget, not_started
from harness.runner.wire import BatchOutcome, EnvironmentReport, UnusableReport
from harness.runner.work import Batch, ProcessRequest, Start, by_scenario, dealt, each_alone, renumbered

Found = TypeVar("Found")
Said = EnvironmentReport | UnusableReport
"""What the first process in an environment says of it, or why Scrapy does not import there."""

CHILDREN_AT_ONCE = 12
"""Forked children with one suspect each that run at the same time: most of them only wait for a deadline."""
PROCESSES_AT_ONCE = 4
"""The same for processes started from scratch, which cost a second of work each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentJob:
    """What is to be run in one environment."""

    environment: str
    python: Path
    batches: tuple[Batch, ...]
    fingerprint: Fingerprint
    deadline: float
    isolate: bool
    """Every cell alone, from scratch."""
    fork: bool
    """Whether batches run in forked children; else each in a process started from scratch."""
    processes: int
    """How many processes may share the batches."""
    stop: TimeBudget = UNLIMITED
    """What has begun by then is brought to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSink(Generic[Found]):
    """Who hears of an environment and its results; called from the threads that run the processes."""

    on_environment: Callable[[Found], None]
    """What the first process found; `Said` is what it says itself."""
    on_results: Callable[[Sequence[CellResult]], None]
    """Results, each cell's once; perhaps none."""
    on_batch: Callable[[Batch], object] = lambda _: None
    """The batch that is run now; where many are run at once nothing is said."""


def run_environment(kit: Kit, order: EnvironmentJob, listener: ResultSink[Said]) -> Callable[[], None] | None:
    """Run the cells of `order` in batches and hand each one's single result to `listener`.

    Returns what is still to be done, None if that is nothing: running the suspects again, which is mostly
    waiting for deadlines and so can be done beside other work. If Scrapy does not import, only
    `on_environment` is called. Nothing more is handed on once `kit.cancelled` is set.
    """
    work = _BatchStrategy(kit, order, listener, order.stop)
    if order.isolate:
        work.from_scratch(each_alone(order.batches))
        return None
    work.in_batches(order.batches)
    return work.again_alone if work.again else None


def run_alone(kit: Kit, order: EnvironmentJob, listener: ResultSink[Said]) -> None:
    """Run the cells of `order`, each alone, and hand each one's single result to `listener`."""
    work = _BatchStrategy(kit, order, listener, UNLIMITED)
    if order.isolate:
        work.from_scratch(each_alone(order.batches))
    else:
        work.suspect(order.batches)
        work.again_alone()


class _BatchStrategy:
    """Runs batches of one environment one way or the other and settles them."""

    def __init__(self, kit: Kit, order: EnvironmentJob, listener: ResultSink[Said], stop: TimeBudget) -> None:
        self._together: list[Batch] = []
        self._alone: list[Batch] = []
        self._unforked: list[Batch] = []
        """What is run in a process started from scratch next."""
        self._kit = kit
        self._order = order
        self._listener = listener
        self._stop = stop
        self._attested = False
        self._lock = threading.Lock()
        self._unstarted: list[tuple[Batch, CellResult]] = []
        self._asked: set[str] = set()
        self._dead: frozenset[str] = frozenset()
        """Lanes of those asked in which no crawl starts."""

    @property
    def again(self) -> bool:
        """Whether something has to be run again."""
        return any(batch.cells for batch in [*self._together, *self._alone, *self._unforked])

    def suspect(self, batches: Sequence[Batch]) -> None:
        """What `again_alone` is to run alone."""
        self._alone += batches

    def in_batches(self, batches: Sequence[Batch]) -> None:
        """Batches in as few processes as possible."""
        order = self._order
        parts = dealt(batches, order.processes if order.fork else len(batches))
        deadline = min(IN_COMPANY * self._kit.launcher.patience, order.deadline)
        start: Start = "preloaded" if order.fork else "here"
        requests = [ProcessRequest(batches=part, deadline=deadline, start=start) for part in parts]
        self._run_all(requests, at_once=order.processes, final=False)

    def again_alone(self) -> None:
        """Close in on those to blame: what hung alone, the others scenario by scenario first.

        What crashes alone in a forked child is run from scratch after that, since forking itself can be what a native
        library does not survive.
        """
        # They have begun.
        self._stop = UNLIMITED
        # Cells of one scenario with several helpers mostly share their fate.
        if self._order.fork:
            self._side_by_side([*by_scenario(self._taken_together()), *each_alone(self._taken_alone())])
            self._side_by_side(each_alone([*self._taken_together(), *self._taken_alone()]))
        else:
            self._each_in_a_process(by_scenario(self._taken_together()), at_once=PROCESSES_AT_ONCE, final=False)
        unforked, self._unforked = self._unforked, []
        self.from_scratch(each_alone([*self._taken_together(), *self._taken_alone(), *unforked]))

    def _side_by_side(self, batches: Sequence[Batch]) -> None:
        """Batches in children of one parent, many at the same time."""
        if batches:
            request = ProcessRequest(
                batches=renumbered(batches), deadline=self._order.deadline, start="preloaded", at_once=CHILDREN_AT_ONCE
            )
            self._run_all([request], at_once=1, final=False)

    def from_scratch(self, batches: Sequence[Batch]) -> None:
        """Each batch, of one cell, from scratch; what it says is final."""
        at_once = self._order.processes if self._order.isolate else PROCESSES_AT_ONCE
        self._each_in_a_process(batches, at_once=at_once, final=True)

    def _each_in_a_process(self, batches: Sequence[Batch], *, at_once: int, final: bool) -> None:
        """Each batch in a process that is started from scratch for it."""
        alone = [replace(batch, number=0) for batch in batches]
        start: Start = "bare" if self._order.fork else "here"
        requests = [ProcessRequest(batches=(batch,), deadline=self._order.deadline, start=start) for batch in alone]
        self._run_all(requests, at_once=at_once, final=final)

    def _taken_together(self) -> list[Batch]:
        taken, self._together = self._together, []
        return taken

    def _taken_alone(self) -> list[Batch]:
        taken, self._alone = self._alone, []
        return taken

    def _run_all(self, requests: Sequence[ProcessRequest], *, at_once: int, final: bool) -> None:
        if not requests:
            return
        with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="cells") as pool:
            for done in [pool.submit(self._run, request, final=final) for request in requests]:
                done.result()
        self._tell_unstarted()

    def _tell_unstarted(self) -> None:
        """Hand on what programs came to that ended before any crawl ran: where none starts they are broken."""
        unstarted, self._unstarted = self._unstarted, []
        open_questions = [batch for batch, _ in unstarted if batch.lane.name not in self._asked]
        if open_questions and not self._kit.cancelled.is_set():
            self._asked.update(batch.lane.name for batch in open_questions)
            order = self._order
            self._dead |= lanes_without_crawls(
                self._kit, order.python, open_questions, deadline=order.deadline, fork=order.fork
            )
        if unstarted and not self._kit.cancelled.is_set():
            self._listener.on_results(without_crawls([result for _, result in unstarted], self._dead))

    def _run(self, request: ProcessRequest, *, final: bool) -> None:
        if self._kit.cancelled.is_set():
            return
        if self._stop.over():
            self._tell_not_started(request.batches)
            return
        # What runs when the time is over is brought to its end; what would come after that in the process is not begun.
        enough = threading.Event()

        def on_end(batch: Batch, outcome: BatchOutcome) -> None:
            order = self._order
            settled = classify(
                batch, outcome, environment=order.environment, fingerprint=order.fingerprint, final=final
            )
            with self._lock:
                if request.start == "preloaded" and len(batch.cells) == 1:
                    # It was alone in its process; what a fork may have done to it is all that is open.
                    self._unforked.append(replace(batch, cells=settled.again_together + settled.again_alone))
                else:
                    self._together.append(replace(batch, cells=settled.again_together))
                    self._alone.append(replace(batch, cells=settled.again_alone))
            unstarted = [result for result in settled.results if never_crawled(batch, result)]
            with self._lock:
                self._unstarted += [(batch, result) for result in unstarted]
            if told := [result for result in settled.results if result not in unstarted]:
                self._listener.on_results(told)
            if self._stop.over():
                enough.set()
            elif not final and request.at_once == 1 and batch.number + 1 < len(request.batches):
                self._listener.on_batch(request.batches[batch.number + 1])

        if request.at_once == 1:
            self._listener.on_batch(request.batches[0])

        left = run_request(
            self._kit,
            self._order.python,
            request,
            on_environment=self._attest,
            on_end=on_end,
            enough=enough.is_set,
        )
        self._tell_not_started(left)

    def _tell_not_started(self, batches: Sequence[Batch]) -> None:
        order = self._order
        if results := not_started(batches, order.environment, order.fingerprint, self._stop.reason):
            self._listener.on_results(results)

    def _attest(self, said: EnvironmentReport | UnusableReport) -> None:
        """Hand on what the first process says of the environment; the others say the same."""
        with self._lock:
            if self._attested:
                return
            self._attested = True
        self._listener.on_environment(said)
