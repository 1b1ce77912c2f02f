"""What the tables of a run's file share, written once each and referred to by number; everything redacted first."""

from __future__ import annotations

import sqlite3
from typing import final

from harness.infra.errors import StorageError
from harness.infra.redaction import Redactor, redactor
from harness.model.ids import BlockKey, CellKey
from harness.model.result import CellResult, EnvironmentResult, Evidence
from harness.store.records import (
    CellRow,
    Document,
    Observation,
    environment_documents,
    evidence_document,
    observation_columns,
    observation_of,
)
from harness.store.redacted import redacted_environment, redacted_evidence, redacted_facts, redacted_text

_SEEN_LIMIT = 20_000


@final
class RowWriter:
    """Writes rows inside a transaction of its user's, and remembers their numbers.

    `StorageError` where something would have to be said twice.
    """

    def __init__(self, db: sqlite3.Connection, run: str) -> None:
        self._db = db
        self._run = run
        self._redactor = redactor()
        self.forget()

    def forget(self) -> None:
        """Drops what was remembered of the file, after a transaction was taken back."""
        self._names: dict[str, int] = {}
        self._blocks: dict[BlockKey, tuple[int, str]] = {}
        self._seen: dict[Observation, int] = {}

    def forget_blocks(self) -> None:
        """Drops what was remembered of blocks, after others have written some."""
        self._blocks.clear()

    def add_environment(self, result: EnvironmentResult) -> None:
        """An environment with its overlays; saying exactly the same again changes nothing."""
        *parts, whole = environment_documents(redacted_environment(self._redactor, result))
        name = self.name_id(result.id)
        known = self._db.execute("SELECT document FROM environment WHERE name = ?", (name,)).fetchone()
        if known == (whole[0],):
            return
        if known is not None:
            raise self._twice(result.id, "environment")
        for each in (*parts, whole):
            self._add_document(each)
        self._db.execute("INSERT INTO environment VALUES (?, ?)", (name, whole[0]))

    def add_cell(self, result: CellResult) -> None:
        """Write a cell with what lies behind it."""
        evidence = self.add_evidence(result.evidence)
        origin = self._run if result.origin is None else result.origin
        row = CellRow(*result.key, observation_of(result), result.seconds, origin, evidence)
        self.add_row(row, result.fingerprint)

    def add_row(self, row: CellRow, fingerprint: str) -> None:
        """A cell whose evidence is written already."""
        columns = (
            self._block_id(row[:3], fingerprint),
            self.name_id(row.helper),
            self._observation_id(row.observation),
            None if row.seconds is None else round(row.seconds * 1e6),
            row.evidence,
            self.name_id(row.origin),
        )
        try:
            self._db.execute("INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?)", columns)
        except sqlite3.IntegrityError:
            raise self._twice(CellKey(*row[:4]).id, "cell") from None

    def add_evidence(self, evidence: Evidence | None) -> int | None:
        """What lies behind cells; the number that `CellRow` has of it, None: there is nothing."""
        kept = evidence_document(redacted_evidence(self._redactor, evidence))
        if kept is None:
            return None
        self._add_document(kept)
        return kept[0]

    def _twice(self, value: str, what: str) -> StorageError:
        return StorageError(
            value=value,
            cause=f"the run {self._run} already holds a result of this {what}, and results are never rewritten",
            action="start a new run; it takes over what has not changed",
        )

    def _add_document(self, content: Document) -> None:
        self._db.execute("INSERT OR IGNORE INTO document VALUES (?, ?)", content)

    def name_id(self, text: str) -> int:
        """The number of a name, which is written where it is new."""
        if not self._names:
            self._names = {text: number for number, text in self._db.execute("SELECT id, text FROM name")}
        known = self._names.get(text)
        if known is None:
            known = self._names[text] = self._db.execute("INSERT INTO name(text) VALUES (?)", (text,)).lastrowid or 0
        return known

    def _block_id(self, key: BlockKey, fingerprint: str) -> int:
        known = self._blocks.get(key)
        if known is None:
            names = [self.name_id(part) for part in key]
            sql = "SELECT id, fingerprint FROM block WHERE (environment, lane, scenario) = (?, ?, ?)"
            known = self._db.execute(sql, names).fetchone()
            if known is None:
                sql = "INSERT INTO block(environment, lane, scenario, fingerprint) VALUES (?, ?, ?, ?)"
                known = (self._db.execute(sql, (*names, fingerprint)).lastrowid or 0, fingerprint)
            self._blocks[key] = known
        if known[1] != fingerprint:
            raise self._twice("/".join(key), "scenario with another fingerprint")
        return known[0]

    def _observation_id(self, seen: Observation) -> int:
        known = self._seen.get(seen)
        if known is None:
            columns = observation_columns(redacted_observation(self._redactor, seen))
            self._db.execute(f"INSERT OR IGNORE INTO observation VALUES ({','.join('?' * len(columns))})", columns)
            if len(self._seen) >= _SEEN_LIMIT:
                self._seen.clear()
            known = self._seen[seen] = int(columns[0] or 0)
        return known


def redacted_observation(redactor: Redactor, seen: Observation) -> Observation:
    """What was seen of a cell without credentials."""
    return seen._replace(
        mechanism=redacted_text(redactor, seen.mechanism),
        detail=redacted_text(redactor, seen.detail),
        facts=redacted_facts(redactor, seen.facts),
    )
