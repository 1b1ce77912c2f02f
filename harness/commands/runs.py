"""What `runs` does: lists the stored runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.render.run_summaries import listed_runs
from harness.render.text.runs import runs_lines
from harness.render.to_plain import json_text
from harness.store.run_directory import Runs


def run_objects(state: Path) -> Iterator[str]:
    """Return every stored run as one JSON object a line, oldest first."""
    return map(json_text, listed_runs(Runs(state)))


def run_lines(state: Path, width: int | None) -> Iterator[str]:
    """Return every stored run as a line for people, oldest first; `width`: of the terminal, None for what is none."""
    return runs_lines(listed_runs(Runs(state)), width)
