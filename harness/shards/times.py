"""How long environments took before: of stored runs, or of a file that `plan --shards N --format json` wrote."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from harness.infra.errors import ConfigurationError, StorageError
from harness.shards.assignment import MAKING, Times
from harness.store.previous_runs import LOOKED_AT
from harness.store.run_directory import Runs

_LARGEST = 16 * 1024 * 1024
"""Bytes of a file of times."""
_STARTING = 700
"""Milliseconds to start the process of a cell that ran alone, which no cell's own time holds."""


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
        with suppress(StorageError), runs.open(run_id) as store:
            for environment, (microseconds, alone) in store.times().items():
                found.setdefault(environment, microseconds // 1000 + alone * _STARTING)
    return found
