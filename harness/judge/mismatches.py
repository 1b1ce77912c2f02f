"""Unexpected cells -> what speaks against each, in words, and cells that are alike in that together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.judge.verdict import Judge
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Cells that gave the same and that the same speaks against."""

    outcome: Outcome
    mechanism: str | None
    against: str
    """What they should have given, and who says so: `claim D3: fail: task-got-bad-yield; accepted: pass`."""
    cells: list[KnownCell] = field(default_factory=list)

    @property
    def gave(self) -> str:
        """`fail: no-value`; for people."""
        return f"{self.outcome}: {self.mechanism}" if self.mechanism else str(self.outcome)


def mismatches(judge: Judge, unexpected: Iterable[KnownCell]) -> list[Mismatch]:
    """Return what speaks against unexpected cells: against many cells first, equal ones in the order of the cells."""
    found: dict[tuple[Outcome, str | None, str], Mismatch] = {}
    for cell in unexpected:
        key = (cell.outcome, cell.mechanism, mismatch(judge, cell))
        found.setdefault(key, Mismatch(*key)).cells.append(cell)
    return sorted(found.values(), key=lambda each: -len(each.cells))


def mismatch(judge: Judge, cell: KnownCell) -> str:
    """Return what speaks against an unexpected cell, in words."""
    _, opinion = judge.judged(cell)
    told = [f"claim {numbered.claim.id}: {numbered.expectation}"
            for numbered in (judge.expectations[number] for number in opinion.disagreeing)]  # fmt: skip
    baseline = judge.baselines.get(cell.at.platform)
    accepted = None if baseline is None else baseline.accepted(cell.at)
    if accepted is not None:
        told.append(f"accepted: {accepted}")
    if cell.outcome is Outcome.FLAKY:
        told.append("it does not always give the same")
    return "; ".join(told) or "the accepted baseline has no such thing"
