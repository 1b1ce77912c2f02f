"""The results of one run in one SQLite file, written as they come.

Every `record_*` call is one transaction that is on the disk when it returns, so that a process killed, or a machine
that loses its power, loses only what had not been recorded yet. Results are never rewritten: what a run says of a cell,
it says once.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import final

import msgspec

from harness.infra.files import storage_errors
from harness.model.ids import BlockKey, CellKey
from harness.model.outcome import INCOMPLETE
from harness.model.result import CellResult, EnvironmentResult, Evidence
from harness.store.block_queries import counted_blocks, helpers_of_blocks
from harness.store.queries import cell, environments, evidence, keys, rows, rows_near, times
from harness.store.records import CellRow
from harness.store.reuse import AttachedStore
from harness.store.schema import SCHEMA_VERSION, RunMeta, read_meta
from harness.store.seals import block_digests, break_seal, seal
from harness.store.summary import Summary
from harness.store.writer import RowWriter

Seconds = tuple[float, float]
"""Of an environment: to make it or find it made, and to run its cells."""

_ATTACHED_LIMIT = 8
"""Files attached at a time; SQLite allows ten."""


@final
class RunStore:
    """The file of one run. May be used from any thread; one process writes it. No credential gets into it.

    Every method raises `StorageError` where the file cannot be read or written, is damaged, or would have to
    say something twice; what had been recorded stays recorded.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file that `write_empty` made."""
        self.path = path
        self._lock = threading.RLock()
        with storage_errors(path):
            if not path.is_file():
                raise FileNotFoundError("there is no such run")
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            try:
                self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY")
                version = self._db.execute("SELECT value FROM run WHERE key = 'schema_version'").fetchone()
                if version != (SCHEMA_VERSION,):
                    raise sqlite3.DatabaseError(f"schema version {version} instead of {SCHEMA_VERSION}")
                self.id = self.meta().id
            except BaseException:
                self._db.close()
                raise
        self._wrote = False
        self._earlier: dict[Path, AttachedStore] = {}
        self._entries = RowWriter(self._db, self.id)

    def close(self) -> None:
        """Close the file, sealed if anything was written. It may be closed twice."""
        with self._lock:
            try:
                if self._wrote:
                    self._wrote = False
                    self.seal()
            finally:
                self._db.close()

    def seal(self) -> None:
        """Write down beside the file what its content is, if there is room for that, to be held against it later."""
        with self._lock, suppress(sqlite3.Error, OSError):
            seal(self._db, self.path)

    def __enter__(self) -> RunStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, storage_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                break_seal(self.path)
                self._wrote = True
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._entries.forget()
                if self._db.in_transaction:  # SQLite takes some back by itself, e.g. on a full disk
                    self._db.execute("ROLLBACK")
                raise

    # Writing

    def finish(self, *, finished: str, complete: bool) -> None:
        """Record when the run ended, whether everything that could be run was, and digests of its blocks."""
        with self._transaction():
            values = {"finished": finished, "complete": int(complete)}
            self._db.executemany("UPDATE run SET value = ? WHERE key = ?", [(v, k) for k, v in values.items()])
            # A file from before there was such a table has no digests.
            if self._db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'digest'").fetchone():
                self._db.executemany("INSERT OR REPLACE INTO digest VALUES (?, ?)", list(block_digests(self._db)))
        with self._lock, storage_errors(self.path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def summarise(self, summary: Summary) -> None:
        """Records what the run came to, in place of what was said of that before."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO run VALUES ('summary', ?)", (msgspec.json.encode(summary).decode(),)
            )

    def record_seconds(self, seconds: Mapping[str, Seconds]) -> None:
        """Records how long the environments took in which something was run."""
        rounded = {name: [round(each, 3) for each in both] for name, both in seconds.items()}
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO run VALUES ('seconds', ?)", (json.dumps(rounded),))

    def record_environment(self, result: EnvironmentResult) -> None:
        """Records an environment with its overlays, once; saying exactly the same again changes nothing."""
        with self._transaction():
            self._entries.add_environment(result)

    def record_cells(self, results: Iterable[CellResult]) -> None:
        """Record the results of cells, all or none of them; those without an origin are of this run."""
        with self._transaction():
            for result in results:
                self._entries.add_cell(result)

    def record_evidence(self, evidence: Evidence) -> int | None:
        """Records what lies behind cells before they come; the number is for `record_rows`, None: there is nothing."""
        with self._transaction():
            return self._entries.add_evidence(evidence)

    def record_rows(self, rows: Iterable[tuple[CellRow, str]]) -> None:
        """Like `record_cells`, for cells with their fingerprints whose evidence is recorded already."""
        with self._transaction():
            for row, fingerprint in rows:
                self._entries.add_row(row, fingerprint)

    def carry_over(self, previous: Path, wanted: Mapping[BlockKey, str]) -> int:
        """Copies what the run in the file `previous` says of cells whose fingerprint is unchanged; returns how many.

        `wanted` gives the fingerprint of today by (environment, lane, scenario). Cells that this run already
        holds, and those that were not measured there (`not-run`, ...), are left out. Call it before a scenario's
        own results are recorded.
        """
        if previous == self.path:
            return 0
        with self._lock:
            earlier = self._attached(previous)
            with self._transaction():
                count = earlier.carry_over(wanted, name_id=self._entries.name_id)
            self._entries.forget_blocks()
            return count

    def _attached(self, previous: Path) -> AttachedStore:
        if previous not in self._earlier:
            while len(self._earlier) >= _ATTACHED_LIMIT:
                self._earlier.pop(next(iter(self._earlier))).detach()
            taken = {earlier.schema for earlier in self._earlier.values()}
            schema = next(name for number in range(_ATTACHED_LIMIT) if (name := f"earlier{number}") not in taken)
            self._earlier[previous] = AttachedStore(self._db, previous, schema)
        return self._earlier[previous]

    # Reading

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, storage_errors(self.path):
            try:
                yield
            except (KeyError, TypeError, ValueError) as error:
                raise sqlite3.DatabaseError(f"its tables do not fit together: {error!r}") from error

    def meta(self) -> RunMeta:
        """What the store says of its run."""
        with self._reading():
            return read_meta(self._db.execute("SELECT key, value FROM run"))

    def outcomes(self) -> dict[str, int]:
        """Number of recorded cells by outcome, the most frequent first."""
        sql = "SELECT outcome, count(*) FROM cell JOIN observation ON id = observation GROUP BY 1 ORDER BY 2 DESC, 1"
        with self._reading():
            return dict(self._db.execute(sql))

    def count(self) -> int:
        """How many cells are recorded."""
        with self._reading():
            return int(self._db.execute("SELECT count(*) FROM cell").fetchone()[0])

    def seconds(self) -> dict[str, Seconds]:
        """How long the environments took in which something was run, by their id; empty where nobody has said it."""
        with self._reading():
            found = self._db.execute("SELECT value FROM run WHERE key = 'seconds'").fetchone()
            told = json.loads(found[0]) if found is not None else {}
            return {name: (float(making), float(running)) for name, (making, running) in told.items()}

    def keys(self, environment: str | None = None) -> set[CellKey]:
        """Keys of the cells recorded, of one environment or of all."""
        with self._reading():
            return keys(self._db, environment)

    def rows(self) -> list[CellRow]:
        """All recorded cells without their evidence. Equal observations are one object."""
        with self._reading():
            # As they are at one moment: another process may be writing the run.
            self._db.execute("BEGIN")
            try:
                return list(rows(self._db))
            finally:
                self._db.rollback()

    def rows_near(self, key: CellKey) -> list[CellRow]:
        """Return the cells that are compared with one: of its environment, and of its scenario and helper elsewhere."""
        with self._reading():
            return list(rows_near(self._db, key))

    def evidence(self, numbers: Iterable[int]) -> list[tuple[int, Evidence]]:
        """What lies behind cells, by the numbers that their rows name, each once and in their order."""
        with self._reading():
            return list(evidence(self._db, dict.fromkeys(numbers)))

    def blocks(self) -> dict[BlockKey, tuple[str, int]]:
        """Fingerprint and number of the cells of which something is known, by (environment, lane, scenario)."""
        with self._reading():
            return counted_blocks(self._db)

    def helpers_of_blocks(self) -> list[tuple[str, str, frozenset[str]]]:
        """Environment, fingerprint and the helpers whose cells are known, of all that was recorded."""
        with self._reading():
            return list(helpers_of_blocks(self._db, [outcome.value for outcome in INCOMPLETE]))

    def times(self) -> dict[str, tuple[int, int]]:
        """Microseconds of all cells recorded, and how many of them ran alone, by environment."""
        with self._reading():
            return dict(times(self._db))

    def environments(self, *, locks: bool = True) -> dict[str, EnvironmentResult]:
        """The recorded environments by their id; without `locks` the texts of their locks are empty."""
        with self._reading():
            return dict(environments(self._db, locks=locks))

    def cell(self, key: CellKey) -> CellResult | None:
        """One cell, whole; None where it is not recorded."""
        with self._reading():
            return cell(self._db, key)
