"""Cells of one or many runs in an in-memory DuckDB: for Parquet, and for `scrapy-compat query`.

What is stored of a cell are numbers; the view `cells` joins them with the few names, texts and observations that they
stand for. So a million cells take some tens of megabytes, and are there in seconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.analysis.ranges import natural_key
from harness.infra.errors import ConfigurationError
from harness.infra.text import visible
from harness.judge.verdict import Verdict
from harness.model.ids import LaneName
from harness.render.cell_rows import COLUMNS, SeenValues, minor, seen_values
from harness.render.judged_view import JudgedView

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXTRA = "scrapy-compat-harness[query]"
"""What has to be installed."""

_CELL = ("environment", "lane", "question", "seen", "origin", "verdict")
"""What a cell has a number of."""
_TABLES = """
CREATE SCHEMA kept;
CREATE TABLE kept.cell(place BIGINT, environment INTEGER, lane INTEGER, question INTEGER, seen INTEGER,
    origin INTEGER, verdict INTEGER, seconds DOUBLE);
CREATE TABLE kept.run(run VARCHAR, plan VARCHAR, started TIMESTAMP, finished TIMESTAMP, complete BOOLEAN, cells BIGINT);
CREATE TABLE kept.package(run VARCHAR, environment VARCHAR, package VARCHAR, version VARCHAR);
CREATE TABLE kept.environment(number INTEGER, run VARCHAR, environment VARCHAR, platform VARCHAR, python VARCHAR,
    scrapy VARCHAR, minor VARCHAR, profile VARCHAR, status VARCHAR, reason VARCHAR, interpreter VARCHAR);
CREATE TABLE kept.lane(number INTEGER, lane VARCHAR, reactor VARCHAR, loop VARCHAR);
CREATE TABLE kept.question(number INTEGER, scenario VARCHAR, helper VARCHAR);
CREATE TABLE kept.seen(number INTEGER, outcome VARCHAR, mechanism VARCHAR, detail VARCHAR, close VARCHAR,
    actual_reactor VARCHAR, actual_loop VARCHAR, actual_policy VARCHAR, isolated BOOLEAN);
CREATE TABLE kept.origin(number INTEGER, attested VARCHAR);
CREATE TABLE kept.verdict(number INTEGER, verdict VARCHAR);
"""
_VIEWS = """
CREATE MACRO version_of(text) AS list_transform(regexp_extract_all(text::VARCHAR, '[0-9]+'), lambda n: n::INTEGER);
CREATE VIEW runs AS SELECT * FROM kept.run;
CREATE VIEW packages AS SELECT * FROM kept.package;
CREATE TABLE ordered AS SELECT * REPLACE (python::python_version AS python, scrapy::scrapy_version AS scrapy,
    minor::scrapy_minor AS minor) FROM kept.environment;
CREATE VIEW environments AS SELECT * EXCLUDE (number) FROM ordered;
CREATE VIEW cells AS SELECT {columns} FROM (
    SELECT c.place, c.seconds, e.* EXCLUDE (number), l.* EXCLUDE (number), q.* EXCLUDE (number),
        s.* EXCLUDE (number), o.attested, v.verdict,
        concat_ws('/', e.environment, l.lane, q.scenario, q.helper) AS cell
    FROM kept.cell c JOIN ordered e ON e.number = c.environment JOIN kept.lane l ON l.number = c.lane
    JOIN kept.question q ON q.number = c.question JOIN kept.seen s ON s.number = c.seen
    JOIN kept.origin o ON o.number = c.origin JOIN kept.verdict v ON v.number = c.verdict);
"""


def cells_database(runs: Iterable[JudgedView]) -> DuckDBPyConnection:
    """Return a database with the cells of some runs; each run is let go of before the next is asked for.

    It can read and write files until `locked` has been called. Raises `ConfigurationError` where
    DuckDB is not installed.
    """
    try:
        from duckdb import connect
    except ImportError as error:
        raise ConfigurationError(
            value="DuckDB", cause=f"is not installed ({error})", action=f"pip install '{EXTRA}'"
        ) from error
    database = connect(":memory:")
    database.execute(_TABLES)
    loading = _Loading(database)
    for run in runs:
        loading.add(run)
    loading.end()
    return database


def locked(database: DuckDBPyConnection) -> DuckDBPyConnection:
    """Lock the database, which from now on has no way to files, the network and its own settings."""
    database.execute("SET python_enable_replacements = false")  # names of tables are not those of Python's variables
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


class _Loading:
    """Puts runs into the tables."""

    def __init__(self, database: DuckDBPyConnection) -> None:
        self._database = database
        self._count = 0
        self._environments: list[Sequence[Any]] = []
        self._lanes: dict[str, int] = {}
        self._questions: dict[tuple[str, str], int] = {}
        self._seen: dict[SeenValues, int] = {}
        self._origins: dict[str | None, int] = {}
        self._verdicts = {verdict: number for number, verdict in enumerate(Verdict)}

    def add(self, judged: JudgedView) -> None:
        """Put in one run."""
        view, run = judged.view, judged.view.run
        self._fill("kept.run", [(run.id, run.plan, run.started, run.finished, view.complete, view.count)])
        numbers, packages = {}, []
        for each in view.environments:
            planned, result = each.planned, each.result
            numbers[planned.id] = len(self._environments)
            status = None if each.status is None else each.status.value
            told = (status, each.reason and visible(each.reason), None if result is None else result.interpreter)
            where = (planned.platform, planned.python, planned.scrapy, minor(planned.scrapy), planned.profile)
            self._environments.append((numbers[planned.id], run.id, planned.id, *where, *told))
            versions = {} if result is None else result.versions
            packages += [(run.id, planned.id, name, version) for name, version in versions.items()]
        self._fill("kept.package", packages)
        self._cells(judged, numbers)

    def _cells(self, judged: JudgedView, environments: dict[str, int]) -> None:
        columns = {name: array("i") for name in _CELL}
        seconds = array("d")
        known: dict[int, int] = {}  # by identity: most observations are one object
        columns["verdict"].extend(self._verdicts[verdict] for verdict in judged.judgement.verdicts)
        for block in judged.view.blocks:
            count = len(block.lane.cells)
            lane = self._lanes.setdefault(block.lane.name, len(self._lanes))
            columns["environment"].extend([environments[block.environment.id]] * count)
            columns["lane"].extend([lane] * count)
            columns["question"].extend(
                self._questions.setdefault(pair, len(self._questions)) for pair in block.lane.cells
            )
            columns["origin"].extend(self._origins.setdefault(each, len(self._origins)) for each in block.origins)
            seconds.extend(float("nan") if each is None else each for each in block.seconds)
            for seen in block.observations:
                number = known.get(id(seen))
                if number is None:
                    number = known[id(seen)] = self._seen.setdefault(seen_values(seen), len(self._seen))
                columns["seen"].append(number)
        places = np.arange(self._count, self._count + len(seconds))
        self._count += len(seconds)
        arrays = {name: np.frombuffer(column, dtype=np.intc) for name, column in columns.items()}
        given = {"place": places, **arrays, "seconds": np.frombuffer(seconds)}
        self._insert("kept.cell", given, "* REPLACE (CASE WHEN isnan(seconds) THEN NULL ELSE seconds END AS seconds)")

    def end(self) -> None:
        """Put in what the numbers stand for, and make the views.

        Versions sort as versions there, and `version_of` makes two of them comparable.
        """
        self._fill("kept.environment", self._environments)
        self._fill("kept.lane", [(number, lane, *LaneName.parse(lane)) for lane, number in self._lanes.items()])
        self._fill("kept.question", [(number, *pair) for pair, number in self._questions.items()])
        self._fill("kept.seen", [(number, *seen) for seen, number in self._seen.items()])
        self._fill("kept.origin", [(number, origin) for origin, number in self._origins.items()])
        self._fill("kept.verdict", [(number, verdict.value) for verdict, number in self._verdicts.items()])
        for kind, column in (("python_version", 4), ("scrapy_version", 5), ("scrapy_minor", 6)):
            values = sorted({row[column] for row in self._environments}, key=natural_key)
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
            self._database.execute(f"CREATE TYPE {kind} AS ENUM ({listed})")
        self._database.execute(_VIEWS.format(columns=", ".join(COLUMNS)))

    def _fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            columns = zip(*rows, strict=True)
            self._insert(table, {f"c{n}": np.array(column, dtype=object) for n, column in enumerate(columns)}, "*")

    def _insert(self, table: str, columns: dict[str, Any], chosen: str) -> None:
        if len(next(iter(columns.values()))):
            self._database.register("given", columns)
            self._database.execute(f"INSERT INTO {table} SELECT {chosen} FROM given")
            self._database.unregister("given")
