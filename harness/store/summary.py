"""What is kept of a run that ended, so that a history of runs need not read their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from the run before, which was of the same plan on the same machine."""

    before: str
    """Id of that run."""
    counts: Mapping[str, int]
    """Number of cells by class of change (`harness.analysis.run_diff.Change`); empty: nothing differs."""
    lines: tuple[str, ...]
    """The changes folded into ranges, for people; cut with a mark where there are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One line of the table of an answer."""

    name: str
    """Of a helper; of a scenario where there are no helpers to choose among."""
    releases: tuple[Mapping[str, str], ...]
    """For each kind of reactor: how much passed (`all`, `some`, `none`, `absent`) -> in which releases of Scrapy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Cells that are not as documented, or not as accepted."""

    text: str
    example: str
    """Id of one of them; empty where none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person wants to read at the end of a run."""

    measured: int
    """Number of cells whose await was really tried."""
    advice: Mapping[str, str]
    """Helper -> the releases of Scrapy to write it with. Together they are as many releases as can be had."""
    without: str
    """Releases in which no helper passed everything."""
    kinds: tuple[str, ...]
    """Kinds of reactors (`harness.analysis.axis_values.KINDS`) that something was measured with: the columns of the
    table."""
    rows: tuple[AnswerRow, ...]
    claims: Mapping[str, int]
    """Number of claims by what became of them."""
    refuted: tuple[Contradiction, ...]
    """Claims of the documentation."""
    unexpected: tuple[Contradiction, ...]
    """Cells that gave the same, many first."""
    gaps: tuple[str, ...]
    """Why something that the plan asks for is not known, one line a cause."""
    unannounced: int = 0
    """Cells that did not pass, of which neither a claim nor, since there is none, a baseline says anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to. It follows from its cells and may be made again at any time."""

    outcomes: Mapping[str, int]
    """Number of cells of the plan by outcome."""
    verdicts: Mapping[str, int]
    """Number of them by verdict."""
    judged_by: str
    """Digest of the files that the verdicts are by."""
    changes: Changes | None
    """None: there was no such run before."""
    answer: Answer | None = None
    """None: it was summed up before answers were kept."""
