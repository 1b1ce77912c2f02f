"""The directory of runs: one file a run, named so that the order of names is the order of time."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from harness.infra.errors import StorageError
from harness.infra.files import remove_file, replacing, storage_errors
from harness.model.run_inputs import RunInputs
from harness.store.merged import Merged
from harness.store.repair import DamagedStore
from harness.store.run_store import RunStore
from harness.store.schema import RunMeta, write_empty
from harness.store.seals import break_seal, damage, seal_path

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


def now() -> str:
    """The time in UTC as stores and reports write it: `2026-11-23T02:15:00Z`."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One stored run without its cells."""

    id: str
    meta: RunMeta | None
    """None: its file cannot be read."""
    outcomes: dict[str, int]
    """Number of cells by outcome; of a run that did not end those that were recorded."""
    problem: str | None
    """Why it cannot be read."""


class Runs:
    """The runs kept under `<state directory>/runs/`."""

    def __init__(self, state: Path) -> None:
        self.directory = state / "runs"
        self._sound: set[str] = set()
        """Ids of those that were found to be as they were written."""

    def path(self, run_id: str) -> Path:
        """The file of a run, whether it exists or not."""
        return self.directory / f"{run_id}.sqlite"

    def ids(self) -> list[str]:
        """Ids of all runs, oldest first; empty where there is no directory."""
        return sorted(path.stem for path in self.directory.glob("*.sqlite") if _NAME.fullmatch(path.stem))

    def create(
        self,
        *,
        plan: str,
        plan_hash: str,
        plan_json: str,
        host: dict[str, str],
        command: tuple[str, ...],
        merged: Merged | None = None,
        inputs: RunInputs | None = None,
    ) -> RunStore:
        """A new run, later than all others here. Raises `StorageError` where it cannot be written."""
        with storage_errors(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
        started = now()
        meta = RunMeta(
            id=self._new_id(started), started=started, finished=None, complete=False,
            plan=plan, plan_hash=plan_hash, plan_json=plan_json, host=host, command=command, merged=merged,
            inputs=inputs,
        )  # fmt: skip
        write_empty(self.path(meta.id), meta)
        return RunStore(self.path(meta.id))

    def _new_id(self, started: str) -> str:
        # Below 0x800000, so that there is room to count on from the latest one where the clock went back.
        candidate = f"{re.sub('[-:]', '', started)}-{secrets.randbelow(0x800000):06x}"
        latest = max(self.ids(), default="")
        if candidate > latest:
            return candidate
        stamp, _, token = latest.rpartition("-")
        return f"{stamp}-{int(token, 16) + 1:06x}"

    def open(self, run_id: str) -> RunStore:
        """The run of that id. Raises `StorageError` where there is none or it cannot be read.

        One that is damaged is mended, and refused this once: what it says is no longer what it said.
        """
        store = self.glance(run_id)
        if run_id in self._sound:
            return store
        store.close()
        told = self.rescue(run_id)
        if told is not None:
            raise StorageError(
                value=str(self.path(run_id)),
                cause=told.partition(" ")[2],
                action="run the same command again, which answers from that; `scrapy-compat run` measures the rest",
            )
        return RunStore(self.path(run_id))

    def glance(self, run_id: str) -> RunStore:
        """The run of that id without looking for damage: for its meta data, or where this process has written it.

        Raises `StorageError`.
        """
        if run_id not in self.ids():
            raise StorageError(value=run_id, cause=f"no such run in {self.directory}", action="choose one of: "
                               + (", ".join(self.ids()[-5:]) or "there is none yet, start one"))  # fmt: skip
        return RunStore(self.path(run_id))

    def stored(self) -> list[StoredRun]:
        """What is known of every run without reading its cells, oldest first; cheap, however many there are."""
        return [self._stored(run_id) for run_id in self.ids()]

    def _stored(self, run_id: str) -> StoredRun:
        try:
            with self.glance(run_id) as store:
                meta = store.meta()
                # Counting what is recorded takes a moment a run: only where nothing was told at its end.
                outcomes = store.outcomes() if meta.summary is None else dict(meta.summary.outcomes)
        except StorageError as error:
            return StoredRun(id=run_id, meta=None, outcomes={}, problem=error.cause)
        return StoredRun(id=run_id, meta=meta, outcomes=outcomes, problem=None)

    def before(self, meta: RunMeta) -> str | None:
        """The run before that one, of the same plan and machine; None where there is none that can be read."""
        for run_id in reversed(self.ids()):
            if run_id < meta.id:
                with suppress(StorageError), self.glance(run_id) as store:
                    if meta.follows(store.meta()):
                        return run_id
        return None

    def rescue(self, run_id: str) -> str | None:
        """Puts a run whose file is damaged back as far as it can be read.

        Returns what was done in one line for people, or None where nothing was wrong. The damaged file stays
        beside the new one as `<run id>.sqlite.damaged`.
        """
        path = self.path(run_id)
        with storage_errors(path):
            problem = damage(path)
        if problem is None:
            self._sound.add(run_id)
            self._seal(path)
            return None
        with storage_errors(path):
            salvage = DamagedStore(path)
        with storage_errors(path), salvage, replacing(path) as draft:
            write_empty(draft, salvage.meta())
            with RunStore(draft) as store:
                for environment in salvage.environments():
                    store.record_environment(environment)
                store.record_cells(salvage.cells())
                kept = store.count()
            shutil.copyfile(path, path.with_name(f"{path.name}.damaged"))
            _drop_companions(path)
            remove_file(seal_path(draft))
        self._seal(path)
        return f"{path.name} was damaged ({problem}): {kept} cells could be read and are kept"

    def _seal(self, path: Path) -> None:
        """Spare those who come after looking at the content of a file whose writer did not seal it."""
        if not seal_path(path).exists():
            with RunStore(path) as store:
                store.seal()

    def remove(self, run_id: str) -> None:
        """Removes the run of that id. Raises `StorageError`."""
        with storage_errors(self.directory):
            remove_file(self.path(run_id))
            _drop_companions(self.path(run_id))

    def prune(self, keep: int, *, older_than: float | None = None) -> list[str]:
        """Deletes all but the `keep` latest runs, those older than so many seconds, damaged files and leftovers.

        The latest complete run of each plan and machine stays. Returns the ids of the runs deleted.
        """
        runs = self.stored()
        # Later ones take the place of earlier ones.
        complete = [run.meta for run in runs if run.meta is not None and run.meta.complete]
        lasting = {(meta.plan, meta.machine): meta.id for meta in complete}
        surplus = {run.id for run in runs[: -keep or None]}
        if older_than is not None:
            oldest = datetime.now(timezone.utc) - timedelta(seconds=older_than)
            surplus |= {run.id for run in runs if _started(run.id) < oldest}
        gone = sorted(surplus - set(lasting.values()))
        for run_id in gone:
            self.remove(run_id)
        with storage_errors(self.directory):
            leftovers = {
                each for glob in ("*.damaged", ".*.draft", ".*.sqlite.*") for each in self.directory.glob(glob)
            }
            for leftover in sorted(leftovers):
                remove_file(leftover)
        return gone


def _started(run_id: str) -> datetime:
    """When a run started, from its id."""
    return datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=timezone.utc)


def _drop_companions(path: Path) -> None:
    break_seal(path)
    for suffix in ("-wal", "-shm"):
        remove_file(path.with_name(path.name + suffix))
