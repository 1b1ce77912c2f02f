"""Reading the blocks of a store: cells of one lane and scenario, which share a fingerprint."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from functools import cache

from harness.model.ids import BlockKey
from harness.model.outcome import INCOMPLETE

KEY_COLUMNS = "e.text, l.text, s.text"


NAMED_BLOCKS = "JOIN name e ON e.id = b.environment JOIN name l ON l.id = b.lane JOIN name s ON s.id = b.scenario"


def blocks(
    db: sqlite3.Connection, schema: str = "main", environments: Collection[str] | None = None
) -> Iterator[tuple[int, BlockKey, str]]:
    """Number, key and fingerprint of the blocks of some environments, or of all (None).

    `schema` is `main` or the name of an attached file.
    """
    sql = (
        f"SELECT b.id, {KEY_COLUMNS}, b.fingerprint FROM {schema}.name e JOIN {schema}.block b ON b.environment = e.id "
        f"JOIN {schema}.name l ON l.id = b.lane JOIN {schema}.name s ON s.id = b.scenario"
    )
    if environments is not None:
        sql += f" WHERE e.text IN ({', '.join('?' * len(environments))})"
    for number, environment, lane, scenario, mark in db.execute(f"{sql} ORDER BY b.id", tuple(environments or ())):
        yield number, (environment, lane, scenario), mark


def counted_blocks(db: sqlite3.Connection) -> dict[BlockKey, tuple[str, int]]:
    """Fingerprint of every block, and the number of its cells of which something is known."""
    unknown = [outcome.value for outcome in INCOMPLETE]
    sql = (
        "SELECT block, count(*) FROM cell WHERE observation NOT IN "
        f"(SELECT id FROM observation WHERE outcome IN ({', '.join('?' * len(unknown))})) GROUP BY block"
    )
    counts = dict(db.execute(sql, unknown))
    return {key: (mark, counts.get(id, 0)) for id, key, mark in blocks(db)}


def helpers_of_blocks(db: sqlite3.Connection, left_out: Collection[str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Environment, fingerprint and helpers of every block, without its cells that have one of the outcomes `left_out`.

    Equal sets of helpers are one object.
    """
    names: dict[int, str] = dict(db.execute("SELECT id, text FROM name"))

    @cache
    def named(numbers: str) -> frozenset[str]:
        return frozenset(names[int(number)] for number in numbers.split(","))

    marks = ", ".join("?" * len(left_out))
    sql = (
        "SELECT b.environment, b.fingerprint, group_concat(c.helper) FROM block b CROSS JOIN cell c ON c.block = b.id "
        f"WHERE c.observation NOT IN (SELECT id FROM observation WHERE outcome IN ({marks})) GROUP BY b.id"
    )
    for environment, mark, helpers in db.execute(sql, tuple(left_out)):
        yield names[environment], mark, named(helpers)
