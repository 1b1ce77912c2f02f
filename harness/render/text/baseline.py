"""What `baseline` prints: what became of a baseline, and what is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineUpdate:
    """What became of the baseline of one platform."""

    path: Path
    dropped: tuple[str, ...]
    """What was about cells that do not exist."""
    entries: int
    """Lines that it has now."""
    new: int | None
    """Lines that were not there before; None where there was no baseline."""
    gone: int | None

    def lines(self) -> Iterator[str]:
        """Return lines for people."""
        yield from (f"dropped, stale: {line}" for line in self.dropped)
        told = "" if self.new is None else f", {self.new} new, {self.gone} gone"
        yield f"{self.path}: {self.entries} lines{told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSummary:
    """What is accepted of one platform."""

    path: Path
    entries: tuple[tuple[str, str], ...]
    """Outcome and mechanism, and the cells that may give them."""
    stale: tuple[str, ...]
    """What is about cells that do not exist."""

    def lines(self) -> Iterator[str]:
        """Return lines for people."""
        yield f"{self.path}: {len(self.entries)} lines"
        yield from (f"  {accepted}: {text}" for accepted, text in self.entries)
        yield from (f"  stale: {line}; `scrapy-compat baseline accept` drops it" for line in self.stale)
