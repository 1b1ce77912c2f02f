"""What workers tell of one environment, put into the store: each cell once, and whole blocks as long as more may come.

A unit whose worker was lost is begun again by another, which tells the same cells once more; the first result of a
cell counts. Where the other worker's environment is not quite the same (another build of Python, a newer package), its
cells have other fingerprints, and the cells of one block must share theirs: so a block is recorded when all its cells
have come from one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.executors.dask.messages import EnvironmentReady, Message, ResultsEvent, TaskReport
from harness.model.ids import BlockKey, CellKey
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.coordinator import RunCoordinator
from harness.runner.pending_cells import PendingCells


class ResultMerger:
    """Takes what is told of one environment to the execution. For the main thread."""

    def __init__(self, environment: PlannedEnvironment, execution: RunCoordinator) -> None:
        self._environment = environment
        self._execution = execution
        self._todo: PendingCells | None = None
        self._made: EnvironmentReady | None = None
        self._attested: EnvironmentResult | None = None
        self._waiting: dict[tuple[BlockKey, str], dict[str, CellResult]] = {}
        """Results by block and fingerprint, then helper, of blocks that are not whole."""
        self._marks: dict[BlockKey, str] = {}
        """Fingerprints of the blocks that have been recorded."""
        self._known: set[CellKey] = set()
        self.mixed = False
        """Whether two workers did not have the same environment."""

    def hear(self, message: Message) -> None:
        """Something came of a worker that is at it."""
        if isinstance(message, EnvironmentReady):
            self._take_made(message)
        elif isinstance(message, ResultsEvent) and self._made is not None:
            if message.attested is not None:
                self._attest(message.attested)
            self._take(message.results)

    def end(self, report: TaskReport) -> bool:
        """All of it has come; whether that is every cell which was to be run."""
        if report.made is not None:
            self._take_made(report.made)
            for told in report.told:
                self.hear(told)
        self.flush()
        return self._todo is None or self._missing() == 0

    def flush(self) -> None:
        """Record the blocks that are not whole: nothing more comes that could complete them."""
        fullest = sorted(self._waiting.items(), key=lambda item: len(item[1]), reverse=True)
        self._waiting = {}
        for (block, mark), results in fullest:
            if self._marks.setdefault(block, mark) == mark:
                self._record(results.values())

    def refused(self, result: EnvironmentResult) -> None:
        """No worker could do it: what `result` says is recorded, unless a worker has told something of it."""
        if self._made is None:
            self._execution.provided(self._environment, result, ())
        else:
            self.flush()
            if self._attested is None:
                self._execution.attested(result)

    def _take_made(self, made: EnvironmentReady) -> None:
        if self._made is None:
            self._made = made
            self._todo = self._execution.provided(self._environment, made.result, made.overlays)
            if self._todo is not None:
                self._known |= set(self._todo.known)
                self._marks |= {key[:3]: self._todo.wanted[key[:3]][0] for key in self._todo.known}
                self._execution.running(self._environment.id)
        elif made.result.fingerprint != self._made.result.fingerprint:
            self.mixed = True

    def _attest(self, result: EnvironmentResult) -> None:
        if self._attested is None:
            self._attested = result
            self._execution.attested(result)

    def _take(self, results: Iterable[CellResult]) -> None:
        if self._todo is None:
            return
        whole: list[CellResult] = []
        for result in results:
            block: BlockKey = result.key[:3]
            if result.key in self._known or self._marks.get(block, result.fingerprint) != result.fingerprint:
                continue
            waiting = self._waiting.setdefault((block, result.fingerprint), {})
            waiting.setdefault(result.key.helper, result)
            if len(waiting) >= self._open(block):
                self._marks[block] = result.fingerprint
                whole += self._waiting.pop((block, result.fingerprint)).values()
                for other in [key for key in self._waiting if key[0] == block]:
                    del self._waiting[other]
        self._record(whole)

    def _open(self, block: BlockKey) -> int:
        """How many cells of a block are not known yet."""
        assert self._todo is not None
        _, count = self._todo.wanted.get(block, ("", 0))
        return count - sum(key[:3] == block for key in self._known)

    def _missing(self) -> int:
        assert self._todo is not None
        return sum(count for _, count in self._todo.wanted.values()) - len(self._known)

    def _record(self, results: Iterable[CellResult]) -> None:
        fresh = [result for result in results if result.key not in self._known]
        self._known.update(result.key for result in fresh)
        self._execution.results(fresh)
