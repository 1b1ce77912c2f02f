"""What a process of the in-cell kit wrote, read line by line and gathered by batch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.runner.orders import Cell

Line = dict[str, Any]
LINE_LIMIT = 1 << 20
"""Bytes of one line that are taken seriously: whatever ran in the cell could have written to the file."""


@dataclass(slots=True, kw_only=True)
class BatchOutcome:
    """Everything reported of one batch; grows while the process runs."""

    cells: dict[Cell, Line] = field(default_factory=dict)
    facts: Line | None = None
    broken: Line | None = None
    close: Line | None = None
    end: Line | None = None


class OutcomeFile:
    """Follows a growing file of outcomes; damaged and foreign lines are counted and left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self.damaged = 0

    def new_lines(self) -> list[Line]:
        """The lines that were completed since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            return []
        whole, newline, _ = data.rpartition(b"\n")
        self._position += len(whole) + len(newline)
        return [line for raw in whole.splitlines() if (line := self._parsed(raw)) is not None]

    def _parsed(self, raw: bytes) -> Line | None:
        try:
            line = json.loads(raw) if len(raw) <= LINE_LIMIT else None
        except ValueError:
            line = None
        if not isinstance(line, dict) or not isinstance(line.get("type"), str):
            self.damaged += 1
            return None
        return line


def add(outcome: BatchOutcome, line: Line) -> None:
    """Put one line into the outcome of its batch; of two lines about the same the first counts."""
    if line["type"] == "cell":
        outcome.cells.setdefault((line["scenario"], line["helper"]), line)
    elif line["type"] in ("facts", "broken", "close", "end") and getattr(outcome, line["type"]) is None:
        setattr(outcome, line["type"], line)
