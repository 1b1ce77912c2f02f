"""What `run` prints at its end, beside the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.plan.adaptation import Adaptation
from harness.plan.coverage import Coverage
from harness.render.adaptation_text import substitution_lines
from harness.render.coverage_phrases import coverage_lines
from harness.store.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended."""

    run_id: str
    """The run that says everything asked for: this one, or an earlier one if nothing has changed."""
    executed: int
    """Cells that were run now; the others were known from earlier runs or could not be run."""
    unchanged: bool
    complete: bool
    outcomes: Mapping[str, int]
    """Number of cells by outcome; empty if nothing has changed."""
    verdicts: Mapping[str, int]
    """Number of cells by verdict."""
    written: tuple[Path, ...]
    """The reports that were written, or that were up to date."""
    coverage: Coverage | None
    """What was chosen and what was left out; None: nothing was left out by choice."""
    adaptation: Adaptation | None
    """How the plan was adapted to the Pythons that are here; None: it is as it is written."""
    summary: Summary
    """What is kept of the run, with the answer that it gives."""
    artifact: Path | None = None
    """The artifact that was written."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """The interpreters that were not found: for each a line that names it."""
    given_up: Mapping[str, str] = field(default_factory=dict)
    """Why a cluster gave environments up, by their ids."""


def counts_lines(end: RunEnd) -> Iterator[str]:
    """Return how many cells were run, and what they and the verdicts are."""
    cells = f"{end.executed} cells run, {sum(end.outcomes.values())} cells in all"
    yield from result_lines(end, cells, f"Nothing has changed since run {end.run_id}: no cell had to be run.")
    if end.coverage is not None:
        yield from coverage_lines(end.coverage)
    if end.adaptation is not None:
        # What could not be asked is told with the answer.
        yield from substitution_lines(end.adaptation)
    yield from (f"{name}: {why}" for name, why in end.given_up.items())


def result_lines(end: RunEnd, cells: str, unchanged: str) -> Iterator[str]:
    """Return how many cells have which outcome and verdict, or `unchanged` where nothing had to be done."""
    outcomes = ", ".join(f"{outcome} {count}" for outcome, count in end.outcomes.items())
    yield unchanged if end.unchanged else f"Run {end.run_id}: {cells}: {outcomes}"
    yield f"Verdicts: {', '.join(f'{verdict} {count}' for verdict, count in end.verdicts.items())}"


def written_lines(end: RunEnd) -> Iterator[str]:
    """Return where reports and artifact are."""
    if end.written:
        yield report_line(end.written)
    else:
        yield f"Part of a plan: no report (`--out DIR` writes one); `scrapy-compat cells --run {end.run_id}`"
    if end.artifact is not None:
        yield f"Artifact: {end.artifact}"


def report_line(written: Sequence[Path]) -> str:
    """Return the line that says where a report is: its page first."""
    page = next((path for path in written if path.name == "index.html"), written[0])
    others = ", ".join(path.name for path in written if path != page)
    return f"Report: {page}" + (f" (beside it {others})" if others else "")
