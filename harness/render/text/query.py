"""Questions in SQL over the cells, and what they find: as a table, as JSON, as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from rich import box

from harness.infra.errors import ConfigurationError
from harness.infra.text import one_line, plural, visible
from harness.render.cell_database import locked
from harness.render.table_lines import table_lines

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN = 1_000
"""Rows of a table for people."""
_FETCHED = 10_000
_ASKING = ("SELECT", "EXPLAIN", "MULTI")
"""Kinds of statements that only ask; MULTI is what a PIVOT is to DuckDB."""


def query_lines(database: DuckDBPyConnection, sql: str, shape: str) -> Iterator[str]:
    """Return what `sql` finds as lines: `table`; `json`, one object a line; `csv`, with the names first.

    From then on the database has no way to files or the network. Raises `ConfigurationError` where `sql` is not one
    question that can be answered.
    """
    from duckdb import Error

    locked(database)
    try:
        statements = database.extract_statements(sql)
        if len(statements) != 1 or statements[0].type.name not in _ASKING:
            raise ConfigurationError(
                value=f"query {one_line(sql)!r}", cause="is not one SELECT", action="see docs/query.md for examples"
            )
        answer = database.execute(statements[0])
        names = [column[0] for column in answer.description or ()]
        yield from _SHAPES[shape](names, _rows(answer))
    except Error as error:
        message, *_ = str(error).splitlines() or [type(error).__name__]
        raise ConfigurationError(
            value=f"query {one_line(sql)!r}",
            cause=one_line(message, 500),
            action="`scrapy-compat query 'DESCRIBE cells'` names the columns; docs/query.md has examples",
        ) from error


def _rows(answer: DuckDBPyConnection) -> Iterator[Sequence[Any]]:
    while found := answer.fetchmany(_FETCHED):
        yield from found


def _table(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    shown = [["" if value is None else str(value) for value in row] for row in islice(rows, SHOWN)]
    yield from table_lines(shown, names, box=box.SIMPLE_HEAD)
    more = sum(1 for _ in rows)
    if more:
        yield f"… {plural(more, 'more row')}: --format csv or json prints all"


def _json(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(dict(zip(names, row, strict=True)), default=_plain)


def _plain(value: object) -> object:
    """Return a number or a text for what JSON has no word for."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def _csv(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="")
    for row in chain([names], rows):
        writer.writerow([visible(value) if isinstance(value, str) else value for value in row])
        yield file.getvalue()
        file.seek(0)
        file.truncate()


_SHAPES: dict[str, Callable[[Sequence[str], Iterator[Sequence[Any]]], Iterator[str]]] = {
    "table": _table,
    "json": _json,
    "csv": _csv,
}
SHAPES = tuple(_SHAPES)
"""The shapes of an answer."""
