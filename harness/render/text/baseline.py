"""What `baseline` prints: what became of a baseline, and what is accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.infra.text import join, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineUpdate:
    """What became of the baseline of one platform."""

    path: Path
    run: str
    """Id of the run whose state was accepted, ..."""
    plan: str
    """... and the name of its plan."""
    outcomes: Mapping[str, int]
    """Number of its cells by outcome, those of this platform."""
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
        counts = ", ".join(f"{outcome} {count:,}" for outcome, count in self.outcomes.items())
        cells = plural(sum(self.outcomes.values()), "cell")
        yield f"accepted run {self.run} of the plan {self.plan}, {cells}: {counts}"
        yield f"{self.path}: {self.entries} lines{told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSummary:
    """What is accepted of one platform."""

    path: Path
    entries: tuple[tuple[str, str], ...]
    """Outcome and mechanism, and the cells that may give them."""
    stale: tuple[str, ...]
    """What is about cells that do not exist."""
    elsewhere: tuple[str, ...]
    """Scenarios that it speaks of and that were not looked for: those of users, unless their folder is named."""

    def lines(self) -> Iterator[str]:
        """Return lines for people."""
        yield f"{self.path}: {len(self.entries)} lines"
        yield from (f"  {accepted}: {text}" for accepted, text in self.entries)
        if self.elsewhere:
            yield f"  not looked at: {join(self.elsewhere)}; name their folder with --scenarios, or they are no more"
        yield from (f"  stale: {line}; `scrapy-compat baseline accept` drops it" for line in self.stale)
