"""The file of a run: its tables, its meta data, and what its errors mean."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from harness.infra.files import replacing, storage_errors
from harness.infra.redaction import redactor
from harness.model.run_inputs import RunInputs
from harness.store.merged import Merged
from harness.store.summary import Summary

SCHEMA_VERSION = 1
NARROWED = ", narrowed"
"""Added to the name of a plan that filters or a choice have narrowed: such a run is not what `reports/` shows."""
ADAPTED = ", adapted to Python "
"""In the name of a plan that was adapted to the Pythons of a machine, before these."""

PAGE_SIZE = 16384
"""Large, so that a table of a few hundred thousand rows has no more than its first page, which is written with the
empty file, above the pages that hold the rows: a file cut short then loses only the rows behind the cut."""

TABLES = """
CREATE TABLE run(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE environment(name INTEGER PRIMARY KEY, document INTEGER NOT NULL);
CREATE TABLE document(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE observation(id INTEGER PRIMARY KEY, outcome TEXT NOT NULL, mechanism TEXT, detail TEXT, close TEXT,
    has_facts INTEGER NOT NULL, reactor TEXT, loop TEXT, policy TEXT, isolated INTEGER NOT NULL);
CREATE TABLE block(id INTEGER PRIMARY KEY, environment INTEGER NOT NULL, lane INTEGER NOT NULL,
    scenario INTEGER NOT NULL, fingerprint TEXT NOT NULL, UNIQUE(environment, lane, scenario));
CREATE TABLE cell(block INTEGER NOT NULL, helper INTEGER NOT NULL, observation INTEGER NOT NULL,
    microseconds INTEGER, evidence INTEGER, origin INTEGER NOT NULL, PRIMARY KEY(block, helper)) WITHOUT ROWID;
CREATE TABLE digest(block INTEGER PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMeta:
    """What a store says of its run."""

    id: str
    started: str
    """UTC, ISO 8601."""
    finished: str | None
    """None: still running, or cut short."""
    plan: str
    plan_hash: str
    plan_json: str
    """The plan as `Plan.to_json` wrote it; empty where a damaged store had lost it."""
    complete: bool
    """Whether every cell that could be run has been recorded."""
    host: dict[str, str]
    command: tuple[str, ...]
    schema_version: int = SCHEMA_VERSION
    summary: Summary | None = None
    """None: it did not end, or was written before there were summaries."""
    merged: Merged | None = None
    """Of a run put together from what several machines delivered: what each did. None: it ran here."""
    inputs: RunInputs | None = None
    """None: it was written before they were recorded, or was merged of machines that do not have the same."""

    @property
    def machine(self) -> str:
        """Anonymous id of the machine; empty for a run that was written before there were any."""
        return self.host.get("id", "")

    @property
    def narrowed(self) -> bool:
        """Whether filters or a choice had narrowed its plan."""
        return self.plan.endswith(NARROWED)

    @property
    def of_target(self) -> bool:
        """Whether `try` started it: its cells are checks of a project of a user's, and no scenarios."""
        return is_of_target(self.command)

    def is_like(self, other: RunMeta) -> bool:
        """Whether both are of one plan: the same name, and for one that was narrowed the same cells or command.

        The same command asks for other cells when the matrix or a scenario has changed.
        """
        alike = self.plan_hash == other.plan_hash or (_asked(self.command) == _asked(other.command) != ())
        return self.plan == other.plan and (not self.narrowed or alike)

    def follows(self, other: RunMeta) -> bool:
        """Whether `other` is an earlier run of the same plan, as far as is known on the same machine."""
        machines = {self.machine, other.machine} - {""}
        return self.is_like(other) and other.id < self.id and len(machines) <= 1


def is_of_target(command: Sequence[str]) -> bool:
    """Return whether the command of a run is `try`."""
    return next((word for word in command if word != "--debug"), "") == "try"


_HOW = frozenset({"--fresh", "--isolate", "--upgrade", "--json", "--debug"})


def _asked(command: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command that say what is run, and not how."""
    return tuple(word for word in command if word not in _HOW)


def write_empty(path: Path, meta: RunMeta) -> None:
    """Makes the file of a run that has only its meta data, without credentials; there is a whole file or none.

    Raises `StorageError` where it cannot be written.
    """
    meta = _redacted(meta)
    with (
        storage_errors(path),
        replacing(path) as draft,
        closing(sqlite3.connect(draft, isolation_level=None)) as connection,
    ):
        connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
        connection.executescript(f"BEGIN;{TABLES}")
        values = {name: getattr(meta, name) for name in RunMeta.__dataclass_fields__ if name != "summary"}
        values |= {"plan_json": zlib.compress(meta.plan_json.encode()), "complete": int(meta.complete)}
        values |= {"host": json.dumps(meta.host), "command": json.dumps(meta.command)}
        values["merged"] = None if meta.merged is None else msgspec.json.encode(meta.merged).decode()
        # Compressed it has room in the first page, see `PAGE_SIZE`.
        values["inputs"] = None if meta.inputs is None else zlib.compress(msgspec.json.encode(meta.inputs))
        connection.executemany("INSERT INTO run VALUES (?, ?)", values.items())
        connection.execute("COMMIT")


def _redacted(meta: RunMeta) -> RunMeta:
    clean = redactor().clean
    host = {name: clean(value) for name, value in meta.host.items()}
    return replace(
        meta,
        plan_json=clean(meta.plan_json),
        host=host,
        command=tuple(map(clean, meta.command)),
        merged=None if meta.merged is None else meta.merged.cleaned(clean),
    )


def read_meta(rows: Iterable[tuple[str, Any]]) -> RunMeta:
    """The meta data of the rows of the table `run`; `sqlite3.DatabaseError` where some are not there.

    What a later version of the harness added is left out.
    """
    values = {name: value for name, value in rows if name in RunMeta.__dataclass_fields__}
    try:
        if "summary" in values:
            values["summary"] = msgspec.json.decode(values["summary"], type=Summary)
        if values.get("merged") is not None:
            values["merged"] = msgspec.json.decode(values["merged"], type=Merged)
        if values.get("inputs") is not None:
            values["inputs"] = msgspec.json.decode(zlib.decompress(values["inputs"]), type=RunInputs)
        values |= {"plan_json": zlib.decompress(values["plan_json"]).decode(), "complete": bool(values["complete"])}
        values |= {"host": json.loads(values["host"]), "command": tuple(json.loads(values["command"]))}
        return RunMeta(**values)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise sqlite3.DatabaseError(f"the run's own data cannot be read: {error!r}") from error
