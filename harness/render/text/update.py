"""What `update` prints: the releases that were added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.matrix.new_releases import Update


def update_lines(path: Path, updates: Sequence[Update]) -> Iterator[str]:
    """Return a line for each release that was added."""
    for entry in updates:
        was = f"was {entry.previous}" if entry.previous else "new"
        yield f"{path}: Scrapy {entry.version} ({entry.released}), {was}"
    if not updates:
        yield f"{path}: nothing new"
