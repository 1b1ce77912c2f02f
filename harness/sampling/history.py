"""What stored runs tell of cells: which were unexpected, what was slow, how fast this machine is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.result import EnvironmentResult
from harness.sampling.past_durations import slow_cells, speed_factor
from harness.store.previous_runs import LOOKED_AT
from harness.store.records import CellRow
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.store.schema import RunMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What works on a run."""

    id: str
    """Only times of this machine count."""
    parallel: int
    """How many processes work at the same time."""
    missing: frozenset[tuple[str, str]] = frozenset()
    """Platforms and Pythons that are not there."""
    isolate: bool = False
    """Whether every cell has a process of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory:
    """What stored runs tell: of each cell and each environment the latest word."""

    unexpected: tuple[CellKey, ...]
    """Cells that were unexpected, which flaky ones are."""
    environments: Mapping[str, EnvironmentResult]
    factor: float
    """How much longer things took on this machine than the constants say."""
    slow: Mapping[CellKey, float]
    """Seconds of cells that took long."""


def run_history(runs: Runs, judge: Judge, machine: Machine) -> RunHistory:
    """What the latest runs tell, back to the latest whole one. Raises `StorageError`."""
    unexpected: list[CellKey] = []
    heard: set[CellKey] = set()
    environments: dict[str, EnvironmentResult] = {}
    factors: list[float] = []
    slow: dict[CellKey, float] = {}
    for store, meta in _latest(runs):
        environments = {**store.environments(locks=False), **environments}
        rows = [row for row in store.rows() if not row.observation.outcome.incomplete]
        unexpected += _unexpected(rows, judge, heard)
        if meta.machine == machine.id:
            slow = {**slow_cells(rows), **slow}
            factors += speed_factor(meta, rows, machine.parallel)
        if not _is_whole(meta):
            # There is a run before it that may say something else of these.
            heard.update(map(_key, rows))
    factor = factors[0] if factors else 1.0
    return RunHistory(unexpected=tuple(unexpected), environments=environments, factor=factor, slow=slow)


def _latest(runs: Runs) -> Iterator[tuple[RunStore, RunMeta]]:
    """The latest runs; the last of them is one of a whole plan that came to its end."""
    for run_id in list(reversed(runs.ids()))[:LOOKED_AT]:
        with runs.open(run_id) as store:
            meta = store.meta()
            yield store, meta
        if _is_whole(meta):
            return


def _is_whole(meta: RunMeta) -> bool:
    return not meta.narrowed and meta.finished is not None


def known_cell(row: CellRow) -> KnownCell:
    """A recorded cell as judges see it."""
    seen = row.observation
    reactor, loop = (None, None) if seen.facts is None else (seen.facts.reactor, seen.facts.loop)
    at = CellCoordinates.of(CellKey(*row[:4]))
    return KnownCell(at, seen.outcome, seen.mechanism, seen.detail, reactor, loop)


def _key(row: CellRow) -> CellKey:
    return CellKey(*row[:4])


def _unexpected(rows: Iterable[CellRow], judge: Judge, heard: set[CellKey]) -> Iterator[CellKey]:
    """Those of some cells that are unexpected, and that no later run has spoken of."""
    for row in rows:
        if judge.is_unexpected(known_cell(row)) and _key(row) not in heard:
            yield _key(row)
