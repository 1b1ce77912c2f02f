"""The strategy for one environment: cells in batches first, alone whatever hangs, crashes or surprises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.results import CellResult
from harness.runner.cellprocess import Kit, run_request
from harness.runner.orders import Batch, Cell, Request, dealt, each_alone, renumbered
from harness.runner.outcomes import BatchOutcome, Line
from harness.runner.settle import Fingerprint, settle

PATIENCE = 3.0
"""Seconds without progress after which a batch is given up; its suspects get the whole deadline, alone."""
ALONE_AT_ONCE = 4
"""Processes with one suspect each that run at the same time: most of them wait for a deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run in one environment."""

    environment: str
    python: Path
    batches: tuple[Batch, ...]
    fingerprint: Fingerprint
    deadline: float
    isolate: bool
    """Every cell in a process of its own, started anew."""
    fork: bool
    """Whether the platform can fork."""
    processes: int
    """How many processes may share the batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears of the results; called from the threads that run the processes."""

    on_environment: Callable[[Line], None]
    """What the first process said of the environment, or why Scrapy does not import in it."""
    on_results: Callable[[Sequence[CellResult]], None]


def run_environment(kit: Kit, order: Order, listener: Listener) -> None:
    """Run every cell of `order` and hand each one's single result to `listener`.

    If Scrapy does not import, only `on_environment` is called. Nothing more is handed on once
    `kit.cancelled` is set.
    """
    work = _Work(kit, order, listener)
    if order.isolate:
        work.alone(each_alone(order.batches))
        return
    patience = min(PATIENCE, order.deadline)
    work.together(order.batches, patience)
    # Once more with a parent that forks: those whose process did not end well without those to blame, and
    # each suspect in a process of its own. What then still hangs or crashes is started from scratch.
    work.together(renumbered([*work.again.take_together(), *each_alone(work.again.take_alone())]), patience)
    work.alone(each_alone([*work.again.take_together(), *work.again.take_alone()]))


@dataclass(slots=True)
class _Again:
    """Batches to run again; filled from several threads."""

    _together: list[Batch] = field(default_factory=list)
    _alone: list[Batch] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, batch: Batch, together: tuple[Cell, ...], alone: tuple[Cell, ...]) -> None:
        with self._lock:
            self._together.append(replace(batch, cells=together))
            self._alone.append(replace(batch, cells=alone))

    def take_together(self) -> list[Batch]:
        taken, self._together = self._together, []
        return taken

    def take_alone(self) -> list[Batch]:
        taken, self._alone = self._alone, []
        return taken


class _Work:
    """Runs batches of one environment one way or the other and settles them."""

    def __init__(self, kit: Kit, order: Order, listener: Listener) -> None:
        self.again = _Again()
        self._kit = kit
        self._order = order
        self._listener = listener
        self._attested = threading.Event()
        self._lock = threading.Lock()

    def together(self, batches: Sequence[Batch], deadline: float) -> None:
        """Batches in as few processes as possible; surprises go to `again`."""
        if not batches or self._kit.cancelled.is_set():
            return
        parts = dealt(batches, self._order.processes if self._order.fork else len(batches))
        self._run_all([Request(batches=part, deadline=deadline, fork=self._order.fork) for part in parts], final=False)

    def alone(self, batches: Sequence[Batch]) -> None:
        """Each batch, of one cell, in a process started from scratch; what it says is final."""
        requests = [Request(batches=(batch,), deadline=self._order.deadline, fork=False) for batch in batches]
        self._run_all(requests, final=True)

    def _run_all(self, requests: Sequence[Request], *, final: bool) -> None:
        at_once = max(self._order.processes, ALONE_AT_ONCE if final and not self._order.isolate else 1)
        with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="cells") as pool:
            for done in [pool.submit(self._run, request, final=final) for request in requests]:
                done.result()

    def _run(self, request: Request, *, final: bool) -> None:
        if self._kit.cancelled.is_set():
            return

        def on_end(batch: Batch, outcome: BatchOutcome) -> None:
            order = self._order
            settled = settle(
                batch, outcome, environment=order.environment, fingerprint=order.fingerprint, final=final
            )
            self.again.add(batch, settled.again_together, settled.again_alone)
            if settled.results:
                self._listener.on_results(settled.results)

        run_request(self._kit, self._order.python, request, on_environment=self._attest, on_end=on_end)

    def _attest(self, line: Line) -> None:
        """Hand on what the first process says of the environment; the others say the same."""
        with self._lock:
            if self._attested.is_set():
                return
            self._attested.set()
        self._listener.on_environment(line)
