"""Digests of what a run's file holds: of the whole file beside it, and of each of its blocks inside.

A file is *sealed* when it is closed: `<run>.digest` has the digest of its bytes. Who writes it breaks the seal first,
under the lock that keeps others from writing, so that a seal is there only while the file is as it was closed.
Where a seal does not fit, the digests of blocks say which cells are still what was written.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from harness.infra.files import remove_file, write_whole
from harness.store.block_queries import KEY_COLUMNS, NAMED_BLOCKS
from harness.store.records import content_number, observation_columns, read_document, read_observation
from harness.store.schema import read_meta

_CHUNK = 1 << 20


def seal_path(path: Path) -> Path:
    """The file beside a run's file that has its digest."""
    return path.with_suffix(".digest")


def seal(db: sqlite3.Connection, path: Path) -> None:
    """Seal a file that nobody else is writing; leave it without a seal where somebody reads what is still in its log.

    `db` is a connection to it without an open transaction.
    """
    if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        log = path.with_name(f"{path.name}-wal")
        if not log.exists() or not log.stat().st_size:
            write_whole(seal_path(path), f"{_digest(path)}\n")
    finally:
        db.rollback()


def break_seal(path: Path) -> None:
    """Say that a file may be another one from now on. The caller holds the lock for writing it."""
    remove_file(seal_path(path))


def damage(path: Path) -> str | None:
    """What is wrong with a run's file, in one line; None: nothing.

    Without a seal, as a killed process leaves it, everything is read that can be held against a digest.
    """
    while True:
        written = _written(path)
        if written is None:
            return _unsound(path)
        if written == _digest(path):
            return None
        if written == _written(path):
            return _unsound(path) or "it is not what was written"


def block_digests(db: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Number and digest of every block."""
    sql = (
        f"SELECT b.id, {KEY_COLUMNS}, b.fingerprint, h.text, c.observation, c.microseconds, c.evidence, o.text "
        f"FROM block b {NAMED_BLOCKS} CROSS JOIN cell c ON c.block = b.id JOIN name h ON h.id = c.helper "
        "JOIN name o ON o.id = c.origin ORDER BY b.id"
    )
    for number, rows in groupby(db.execute(sql), key=lambda row: int(row[0])):
        yield number, block_digest([row[1:] for row in rows])


def block_digest(rows: list[tuple[Any, ...]]) -> int:
    """The digest of the cells of one block: of each its key without the helper, fingerprint, helper, and columns."""
    return content_number(json.dumps(sorted(rows, key=lambda row: str(row[4]))).encode())


def _written(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        return seal_path(path).read_text(encoding="ascii").strip()
    return None


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _unsound(path: Path) -> str | None:
    """What SQLite or a digest says against the content of a file."""
    try:
        with closing(sqlite3.connect(path)) as db:
            read_meta(db.execute("SELECT key, value FROM run"))
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                return " ".join(found.split())
            for number, body in db.execute("SELECT id, body FROM document"):
                read_document(body, number)
            for row in db.execute("SELECT * FROM observation"):
                if observation_columns(read_observation(row))[0] != row[0]:
                    return f"observation {row[0]} is not what was written"
    except (sqlite3.Error, ValueError, TypeError) as error:
        return str(error)
    return None
