"""Reading what is left of a damaged store: everything that SQLite can still read, row by row."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, final

from harness.infra.files import scratch_folder
from harness.model.ids import CellKey
from harness.model.result import CellResult, EnvironmentResult
from harness.store.queries import document, whole
from harness.store.records import Observation, observation_columns, read_environment, read_observation
from harness.store.schema import PAGE_SIZE, RunMeta, read_meta, write_empty
from harness.store.seals import block_digest


@final
class DamagedStore:
    """What can be read of the store in a file, without changing that file.

    Cells are given back whole or not at all: one whose evidence is lost is measured again. Of a run that had ended
    those of a block that is not what was written are not given back.
    """

    def __init__(self, path: Path) -> None:
        """Copies the file aside and looks at it; `OSError` where it cannot be copied."""
        self._run_id = path.name.partition(".")[0]
        self._temporary = ExitStack()
        self._copy = self._temporary.enter_context(scratch_folder()) / "store"
        shutil.copyfile(path, self._copy)
        # Half a page would be read as one that ends in zeros, and what it says with it.
        os.truncate(self._copy, self._copy.stat().st_size // PAGE_SIZE * PAGE_SIZE)
        wal = path.with_name(f"{path.name}-wal")
        if wal.is_file():
            shutil.copyfile(wal, self._copy.with_name("store-wal"))
        self._name: Callable[[int], str] = cache(lambda number: str(self._one("name", number)[1]))
        self._db = self._connect()
        if not self._readable():
            self._db.close()
            self._replace_header()
            self._db = self._connect()

    def __enter__(self) -> DamagedStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self._temporary.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._copy, isolation_level=None)
        # Makes SQLite read a file that is shorter than its header says.
        db.execute("PRAGMA writable_schema=ON")
        return db

    def _readable(self) -> bool:
        try:
            self._db.execute("SELECT 1 FROM cell LIMIT 1").fetchall()
        except sqlite3.Error:
            return False
        return True

    def _replace_header(self) -> None:
        empty = self._copy.with_name("empty")
        write_empty(empty, RunMeta(id="", started="", finished=None, plan="", plan_hash="", plan_json="",
                                   complete=False, host={}, command=()))  # fmt: skip
        # The first page holds SQLite's own header and the tables' definitions: the same in every store.
        header = bytearray(empty.read_bytes()[:PAGE_SIZE])
        header[18:20] = b"\2\2"  # write-ahead log
        header[28:32] = bytes(4)  # number of pages: take it from the size of the file
        if self._copy.stat().st_size < PAGE_SIZE:
            header = bytearray(empty.read_bytes())
        with self._copy.open("r+b") as file:
            file.write(header)

    def meta(self) -> RunMeta:
        """The run's own data; only its id, and nothing else known, where they are lost. Never complete."""
        try:
            found = read_meta(self._db.execute("SELECT key, value FROM run"))
        except sqlite3.Error:
            return RunMeta(id=self._run_id, started="", finished=None, plan="", plan_hash="", plan_json="",
                           complete=False, host={}, command=())  # fmt: skip
        return RunMeta(
            id=found.id, started=found.started, finished=None, plan=found.plan, plan_hash=found.plan_hash,
            plan_json=found.plan_json, complete=False, host=found.host, command=found.command, merged=found.merged,
            inputs=found.inputs,
        )  # fmt: skip

    def environments(self) -> Iterator[EnvironmentResult]:
        """The environments that can be read whole."""
        for _, number in self._scan("environment", "name"):
            with suppress(sqlite3.Error, KeyError, TypeError, ValueError):
                content = document(self._db, number)
                yield read_environment(content, lambda entry: str(document(self._db, entry)))

    def cells(self) -> Iterator[CellResult]:
        """The cells that can be read whole."""
        name = self._name
        seen: Callable[[int], Observation] = lru_cache(maxsize=20_000)(self._observation)
        digests = dict(self._scan("digest", "block"))
        for block, environment, lane, scenario, mark in self._scan("block", "id"):
            cells = list(self._scan("cell", "block", block, block))
            if digests and not self._is_sound(digests.get(block), (environment, lane, scenario), mark, cells):
                continue
            for _, helper, observation, microseconds, evidence, origin in cells:
                with suppress(sqlite3.Error, KeyError, TypeError, ValueError):
                    key = CellKey(name(environment), name(lane), name(scenario), name(helper))
                    rest = (mark, microseconds, evidence, name(origin))
                    yield whole(self._db, key, seen(observation), rest)

    def _is_sound(
        self, digest: int | None, key: tuple[int, int, int], mark: str, cells: Sequence[tuple[Any, ...]]
    ) -> bool:
        """Whether the cells of a block of a run that ended are what was written."""
        try:
            where = [*map(self._name, key), mark]
            rows = [(*where, self._name(each[1]), *each[2:5], self._name(each[5])) for each in cells]
            return block_digest(rows) == digest
        except (sqlite3.Error, TypeError, ValueError):
            return False

    def _observation(self, number: int) -> Observation:
        found = read_observation(self._one("observation", number))
        if observation_columns(found)[0] != number:
            raise sqlite3.DatabaseError(f"observation {number} is not what was written")
        return found

    def _one(self, table: str, number: int) -> Any:
        row = self._db.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()
        if row is None:
            raise sqlite3.DatabaseError(f"{table} {number} is lost")
        return row

    def _scan(self, table: str, column: str, low: int = 0, high: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows by ranges of `column`, cut in halves around whatever cannot be read."""
        if high is None:
            # No row takes less than 40 bytes with what belongs to it, and ids are counted up.
            high = self._copy.stat().st_size // 40 + 1000
        try:
            found = self._db.execute(
                f"SELECT * FROM {table} WHERE {column} BETWEEN ? AND ? ORDER BY {column}", (low, high)
            ).fetchall()
        except sqlite3.Error:
            if low >= high:
                return
            middle = (low + high) // 2
            yield from self._scan(table, column, low, middle)
            yield from self._scan(table, column, middle + 1, high)
        else:
            yield from found
