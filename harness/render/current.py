"""Which files a report has, and whether they are those of a certain run."""

from __future__ import annotations

from pathlib import Path

_HEAD = 4096
"""Bytes in which the id of the run stands in every format."""


def report_files(directory: Path) -> tuple[Path, ...]:
    """The files of a report in `directory`."""
    return directory / "matrix.json", directory / "compat.json", directory / "matrix.md"


def is_of_run(path: Path, run_id: str) -> bool:
    """Whether the report at `path` is there and says near its beginning that it is of that run."""
    try:
        with path.open("rb") as file:
            return run_id.encode() in file.read(_HEAD)
    except OSError:
        return False
