"""Whether the files of a report are those of a certain run, and how it was judged."""

from __future__ import annotations

import json
from pathlib import Path

_HEAD = 4096
"""Bytes in which the id of the run stands in every format."""


def is_of_run(path: Path, run_id: str) -> bool:
    """Return whether the report at `path` is there and says near its beginning that it is of that run."""
    try:
        with path.open("rb") as file:
            return run_id.encode() in file.read(_HEAD)
    except OSError:
        return False


def recorded_verdicts(path: Path, digest: str) -> dict[str, int] | None:
    """Return the number of cells by verdict that the `matrix.json` at `path` tells near its beginning.

    None where it is not there, or was not judged by the files of that digest.
    """
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(_HEAD)
        _, _, text = head.partition('"judged": ')
        judged, _ = json.JSONDecoder().raw_decode(text)
        return dict(judged["verdicts"]) if judged["by"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
