"""How long things took before: what stored runs tell of it, or a file that `plan --shards N --format json` wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from harness.infra.errors import ConfigurationError, StorageError
from harness.model.ids import CellKey
from harness.sampling.costs import CELL, ENVIRONMENT, LANE, MAKING, Times
from harness.store.previous_runs import LOOKED_AT
from harness.store.records import CellRow
from harness.store.run_directory import Runs
from harness.store.schema import RunMeta

_LARGEST = 16 * 1024 * 1024
"""Bytes of a file of times."""
_SLOW = 1.0
"""Seconds from which on it is remembered what a cell took."""
_ENOUGH = 20.0
"""Seconds of work, by the constants, that a run must have done to tell how fast this machine is."""
_FACTORS = (0.25, 4.0)
"""A run may have waited for an index, or for another run: what it tells is believed within these bounds."""


class _Environment(msgspec.Struct):
    seconds: float


class _Document(msgspec.Struct):
    environments: dict[str, _Environment]


def times_of(path: Path) -> Times:
    """Milliseconds by environment, without those to make it: from a folder of stored runs, or from a file.

    Raises `ConfigurationError` where it is neither, `StorageError` where it cannot be read.
    """
    if path.is_dir():
        return _of_runs(Runs(path))
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it has more than {_LARGEST >> 20} MiB")
        found = msgspec.json.decode(path.read_bytes(), type=_Document)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            value=f"--times {path}",
            cause=f"cannot be read: {error}",
            action="name a state folder, or a file written by `scrapy-compat plan --shards N --format json`",
        ) from error
    return {name: max(0, round(each.seconds * 1000) - MAKING) for name, each in found.environments.items()}


def _of_runs(runs: Runs) -> Times:
    found: dict[str, int] = {}
    for run_id in reversed(runs.ids()[-LOOKED_AT:]):
        with suppress(StorageError), runs.glance(run_id) as store:
            # The time of a cell that ran alone does not hold that of starting its process.
            for environment, (microseconds, alone) in store.times().items():
                found.setdefault(environment, microseconds // 1000 + round(1000 * alone * CELL["program"]))
    return found


def slow_cells(rows: Iterable[CellRow]) -> dict[CellKey, float]:
    """Return the seconds of those cells that took long."""
    return {CellKey(*row[:4]): row.seconds for row in rows if row.seconds and row.seconds > _SLOW}


def speed_factor(meta: RunMeta, rows: Sequence[CellRow], parallel: int) -> Iterator[float]:
    """How much longer a run took than the constants say; nothing where it did too little to tell."""
    own = [row for row in rows if row.origin == meta.id]
    work = ENVIRONMENT * len({row.environment for row in own}) + LANE * len({row[:2] for row in own})
    work += sum(row.seconds or 0.0 for row in own)
    if meta.finished is not None and work >= _ENOUGH:
        took = (datetime.fromisoformat(meta.finished[:-1]) - datetime.fromisoformat(meta.started[:-1])).total_seconds()
        least, most = _FACTORS
        yield min(most, max(least, took * parallel / work))
