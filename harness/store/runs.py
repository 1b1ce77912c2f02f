"""The directory of runs: one file a run, named so that the order of names is the order of time."""

from __future__ import annotations

import re
import secrets
import shutil
from datetime import datetime, timezone
from pathlib import Path

from harness.errors import StorageError
from harness.store.run_store import RunStore
from harness.store.salvage import Salvage, damage
from harness.store.schema import RunMeta, storage_errors, write_empty

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


def now() -> str:
    """The time in UTC as stores and reports write it: `2026-11-23T02:15:00Z`."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Runs:
    """The runs kept under `<state directory>/runs/`."""

    def __init__(self, state: Path) -> None:
        self.directory = state / "runs"

    def path(self, run_id: str) -> Path:
        """The file of a run, whether it exists or not."""
        return self.directory / f"{run_id}.sqlite"

    def ids(self) -> list[str]:
        """Ids of all runs, oldest first; empty where there is no directory."""
        return sorted(path.stem for path in self.directory.glob("*.sqlite") if _NAME.fullmatch(path.stem))

    def create(
        self, *, plan: str, plan_hash: str, plan_json: str, host: dict[str, str], command: tuple[str, ...]
    ) -> RunStore:
        """A new run, later than all others here. Raises `StorageError` where it cannot be written."""
        with storage_errors(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
        started = now()
        meta = RunMeta(
            id=self._new_id(started), started=started, finished=None, complete=False,
            plan=plan, plan_hash=plan_hash, plan_json=plan_json, host=host, command=command,
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
        """The run of that id. Raises `StorageError` where there is none or it cannot be read."""
        if run_id not in self.ids():
            raise StorageError(value=run_id, cause=f"no such run in {self.directory}", action="choose one of: "
                               + (", ".join(self.ids()[-5:]) or "there is none yet, start one"))  # fmt: skip
        return RunStore(self.path(run_id))

    def rescue(self, run_id: str) -> str | None:
        """Puts a run whose file is damaged back as far as it can be read.

        Returns what was done in one line for people, or None where nothing was wrong. The damaged file stays
        beside the new one as `<run id>.sqlite.damaged`.
        """
        path = self.path(run_id)
        problem = damage(path)
        if problem is None:
            return None
        with storage_errors(path):
            salvage = Salvage(path)
        with salvage:
            draft = path.with_name(f".{path.name}.rescued")
            draft.unlink(missing_ok=True)
            write_empty(draft, salvage.meta())
            with RunStore(draft) as store:
                for environment in salvage.environments():
                    store.record_environment(environment)
                store.record_stored(salvage.cells())
                kept = store.count()
            with storage_errors(path):
                shutil.copyfile(path, path.with_name(f"{path.name}.damaged"))
                _drop_companions(path)
                draft.replace(path)
        return f"{path.name} was damaged ({problem}): {kept} cells could be read and are kept"

    def prune(self, keep: int) -> list[str]:
        """Deletes all but the `keep` latest runs, damaged files and leftovers; returns the ids of the runs deleted."""
        gone = self.ids()[: -keep or None]
        with storage_errors(self.directory):
            for run_id in gone:
                self.path(run_id).unlink(missing_ok=True)
                _drop_companions(self.path(run_id))
            for leftover in (*self.directory.glob("*.damaged"), *self.directory.glob(".*.sqlite.*")):
                leftover.unlink(missing_ok=True)
        return gone


def _drop_companions(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
