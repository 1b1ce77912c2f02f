"""Reading a store's tables: all of it takes an open connection, and raises `sqlite3.Error` where it cannot read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from harness.model.ids import CellKey
from harness.model.result import CellResult, EnvironmentResult, Evidence
from harness.store.block_queries import KEY_COLUMNS, NAMED_BLOCKS, blocks
from harness.store.records import (
    CellRow,
    Observation,
    cell_result,
    read_document,
    read_environment,
    read_observation,
)


def keys(db: sqlite3.Connection, environment: str | None) -> set[CellKey]:
    """Keys of the cells of one environment, or of all."""
    names: dict[int, str] = dict(db.execute("SELECT id, text FROM name"))
    sql = "SELECT helper FROM cell WHERE block = ?"
    return {
        CellKey(*key, names[helper])
        for block, key, _ in blocks(db, "main", None if environment is None else (environment,))
        for (helper,) in db.execute(sql, (block,))
    }


def rows(db: sqlite3.Connection) -> Iterator[CellRow]:
    """Every cell without its evidence."""
    names: dict[int, str] = dict(db.execute("SELECT id, text FROM name"))
    seen = {row[0]: read_observation(row) for row in db.execute("SELECT * FROM observation")}
    known = {number: key for number, key, _ in blocks(db)}
    make = CellRow._make
    for block, helper, observation, microseconds, origin, evidence in db.execute(
        "SELECT block, helper, observation, microseconds, origin, evidence FROM cell"
    ):
        seconds = None if microseconds is None else microseconds / 1e6
        yield make((*known[block], names[helper], seen[observation], seconds, names[origin], evidence))


def rows_near(db: sqlite3.Connection, key: CellKey) -> Iterator[CellRow]:
    """Yield the cells of one environment, and those of all others that have a cell's scenario and helper."""
    names: dict[int, str] = dict(db.execute("SELECT id, text FROM name"))
    numbers = {text: number for number, text in names.items()}
    here, scenario, helper = (numbers.get(text) for text in (key.environment, key.scenario, key.helper))
    read = cache(lambda number: read_observation(
        db.execute("SELECT * FROM observation WHERE id = ?", (number,)).fetchone()))  # fmt: skip
    sql = (
        "SELECT b.environment, b.lane, b.scenario, c.helper, c.observation, c.microseconds, c.origin, c.evidence "
        "FROM block b CROSS JOIN cell c ON c.block = b.id WHERE "
    )
    elsewhere = "b.scenario = ? AND c.helper = ? AND b.environment != ?"
    near = (("b.environment = ?", (here,)), (elsewhere, (scenario, helper, here or -1)))
    for condition, values in near:
        for environment, lane, question, how, seen, microseconds, origin, evidence in db.execute(
            sql + condition, values
        ):
            key = CellKey(names[environment], names[lane], names[question], names[how])
            seconds = None if microseconds is None else microseconds / 1e6
            yield CellRow(*key, read(seen), seconds, names[origin], evidence)


def times(db: sqlite3.Connection) -> Iterator[tuple[str, tuple[int, int]]]:
    """Microseconds of the cells of every environment, and how many of them ran alone."""
    sql = (
        "SELECT e.text, total(c.microseconds), sum(x.isolated) FROM cell c JOIN block b ON b.id = c.block "
        "JOIN name e ON e.id = b.environment JOIN observation x ON x.id = c.observation GROUP BY e.text"
    )
    for environment, microseconds, alone in db.execute(sql):
        yield environment, (int(microseconds), int(alone))


def evidence(db: sqlite3.Connection, numbers: Iterable[int]) -> Iterator[tuple[int, Evidence]]:
    """What lies behind cells, by the numbers that rows of theirs have."""
    for number in numbers:
        yield number, msgspec.convert(document(db, number), Evidence)


def environments(db: sqlite3.Connection, *, locks: bool) -> Iterator[tuple[str, EnvironmentResult]]:
    """Every environment by its id; without `locks` theirs and those of their overlays are empty, which is quick."""

    @cache
    def entry(number: int) -> str:
        return str(document(db, number)) if locks else ""

    for name, number in db.execute(
        "SELECT n.text, e.document FROM environment e JOIN name n ON n.id = e.name ORDER BY e.rowid"
    ):
        yield name, read_environment(document(db, number), entry)


def cell(db: sqlite3.Connection, key: CellKey) -> CellResult | None:
    """One cell, whole; None where there is none."""
    row = db.execute(
        "SELECT b.fingerprint, c.microseconds, c.evidence, o.text, x.* "
        f"FROM block b {NAMED_BLOCKS} JOIN cell c ON c.block = b.id JOIN name h ON h.id = c.helper "
        "JOIN name o ON o.id = c.origin JOIN observation x ON x.id = c.observation "
        f"WHERE ({KEY_COLUMNS}, h.text) = (?, ?, ?, ?)",
        key,
    ).fetchone()
    if row is None:
        return None
    fingerprint, microseconds, evidence, origin, *columns = row
    return whole(db, key, read_observation(tuple(columns)), (fingerprint, microseconds, evidence, origin))


def whole(
    db: sqlite3.Connection, key: CellKey, seen: Observation, rest: tuple[str, int | None, int | None, str]
) -> CellResult:
    """One cell from what was read of it; `rest` is fingerprint, microseconds, id of the evidence, origin."""
    fingerprint, microseconds, evidence, origin = rest
    row = CellRow(*key, seen, None if microseconds is None else microseconds / 1e6, origin)
    behind = None if evidence is None else msgspec.convert(document(db, evidence), Evidence)
    return cell_result(row, fingerprint=fingerprint, evidence=behind)


def document(db: sqlite3.Connection, number: int) -> Any:
    """The content of a document by its number."""
    row = db.execute("SELECT body FROM document WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"document {number} is not there")
    return read_document(row[0], number)
