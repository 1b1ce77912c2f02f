"""Taking over what an earlier run attested, where nothing that it depends on has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from harness.infra.errors import StorageError
from harness.infra.files import storage_errors
from harness.model.ids import BlockKey
from harness.model.outcome import INCOMPLETE
from harness.store.block_queries import blocks
from harness.store.schema import SCHEMA_VERSION

_NOT_MEASURED = ", ".join(f"'{outcome.value}'" for outcome in sorted(INCOMPLETE, key=lambda each: each.value))

Moved = list[tuple[int, int]]
"""Ids of blocks there and here."""


class AttachedStore:
    """The store of an earlier run, attached to the connection of the store that is being written."""

    def __init__(self, db: sqlite3.Connection, path: Path, schema: str) -> None:
        """Attaches the file under the name `schema`; `StorageError` where it is not there or damaged."""
        if not path.is_file():
            raise StorageError(value=str(path), cause="there is no such run", action="look at the state directory")
        self._db = db
        self.schema = schema
        with storage_errors(path):
            db.execute(f"ATTACH ? AS {schema}", (str(path),))
            try:
                damage = str(db.execute(f"PRAGMA {schema}.quick_check(1)").fetchone()[0])
                version = db.execute(f"SELECT value FROM {schema}.run WHERE key = 'schema_version'").fetchone()
                if damage != "ok" or version != (SCHEMA_VERSION,):
                    raise sqlite3.DatabaseError(damage if damage != "ok" else f"schema version {version}")
                for table in ("moved", "named"):
                    db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table}(old INTEGER PRIMARY KEY, new INTEGER)")
            except sqlite3.Error:
                db.execute(f"DETACH {schema}")
                raise

    def detach(self) -> None:
        """Lets go of the file."""
        self._db.execute(f"DETACH {self.schema}")

    def carry_over(self, wanted: Mapping[BlockKey, str], *, name_id: Callable[[str], int]) -> int:
        """Copies the cells whose fingerprint is the wanted one, in a transaction of the caller's; returns how many.

        Ids made from content are the same in both files; only names and blocks have other ids here.
        """
        moved = self._blocks_to_move(wanted, name_id)
        if not moved:
            return 0
        for table in ("moved", "named"):
            self._db.execute(f"DELETE FROM temp.{table}")
        self._db.executemany("INSERT INTO temp.moved VALUES (?, ?)", moved)
        names = self._db.execute(
            f"SELECT id, text FROM {self.schema}.name WHERE id IN (SELECT c.helper FROM {self._cells()} UNION "
            f"SELECT c.origin FROM {self._cells()})"
        ).fetchall()
        self._db.executemany(
            "INSERT INTO temp.named VALUES (?, ?)", [(number, name_id(text)) for number, text in names]
        )
        return self._copy()

    def _blocks_to_move(self, wanted: Mapping[BlockKey, str], name_id: Callable[[str], int]) -> Moved:
        environments = {environment for environment, _, _ in wanted}
        here = {key: (number, mark) for number, key, mark in blocks(self._db, "main", environments)}
        there = {key: number for number, key, mark in blocks(self._db, self.schema, environments)
                 if wanted.get(key) == mark and here.get(key, (0, mark))[1] == mark}  # fmt: skip
        known = [(number, here[key][0]) for key, number in there.items() if key in here]
        counts_here = self._counts("main", (new for _, new in known))
        counts_there = self._counts(self.schema, (old for old, _ in known))
        moved = [(old, new) for old, new in known if counts_here.get(new, 0) < counts_there.get(old, 0)]
        following = int(self._db.execute("SELECT coalesce(max(id), 0) FROM main.block").fetchone()[0]) + 1
        fresh = [(number, key) for key, number in there.items() if key not in here]
        rows = [(following + offset, *map(name_id, key), wanted[key]) for offset, (_, key) in enumerate(fresh)]
        self._db.executemany("INSERT INTO main.block VALUES (?, ?, ?, ?, ?)", rows)
        return moved + [(number, following + offset) for offset, (number, _) in enumerate(fresh)]

    def _counts(self, schema: str, blocks: Iterable[int]) -> dict[int, int]:
        sql = f"SELECT count(*) FROM {schema}.cell WHERE block = ?"
        return {block: int(self._db.execute(sql, (block,)).fetchone()[0]) for block in blocks}

    def _cells(self) -> str:
        # CROSS JOIN keeps the order of the tables, so that cells are read and written in the order of their keys.
        return (
            f"temp.moved m CROSS JOIN {self.schema}.cell c ON c.block = m.old WHERE c.observation NOT IN "
            f"(SELECT id FROM {self.schema}.observation WHERE outcome IN ({_NOT_MEASURED}))"
        )

    def _copy(self) -> int:
        for table, column in (("observation", "observation"), ("document", "evidence")):
            self._db.execute(
                f"INSERT OR IGNORE INTO main.{table} SELECT * FROM {self.schema}.{table} "
                f"WHERE id IN (SELECT DISTINCT c.{column} FROM {self._cells()})"
            )
        sql = (
            "INSERT OR IGNORE INTO main.cell SELECT m.new, (SELECT new FROM temp.named WHERE old = c.helper), "
            "c.observation, c.microseconds, c.evidence, (SELECT new FROM temp.named WHERE old = c.origin) "
            f"FROM {self._cells()}"
        )
        return int(self._db.execute(sql).rowcount)
