"""What `merge` prints, beside the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.render.adaptation_text import substitution_lines
from harness.render.text.run import RunEnd, report_line, result_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeEnd:
    """What became of a merge."""

    end: RunEnd
    artifacts: tuple[Path, ...]
    """Those that were merged, each content once."""
    owed: tuple[str, ...]
    """Shards that delivered nothing, in words."""


def merge_counts(done: MergeEnd) -> Iterator[str]:
    """Return how many artifacts and cells there are, and what these and the verdicts are."""
    end, artifacts = done.end, f"{len(done.artifacts)} artifacts"
    cells = f"{artifacts}, {sum(end.outcomes.values())} cells"
    yield from result_lines(end, cells, f"Run {end.run_id} is the merge of these {artifacts} already.")
    if end.adaptation is not None:
        yield from substitution_lines(end.adaptation)


def owed_lines(done: MergeEnd) -> Iterator[str]:
    """Return what nobody delivered, and where reports are."""
    for reason in done.owed:
        yield f"Missing: {reason}"
    if done.end.written:
        yield report_line(done.end.written)
