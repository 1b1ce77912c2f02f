"""Why a cell is judged as it is: the claims and the line of the baseline that its verdict comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.judge.verdict import ClaimMatches, Judge, Verdict
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictReason:
    """One thing that speaks for or against what a cell gave."""

    source: str
    """`claim D3`, `baseline`, `rerun`."""
    agrees: bool
    text: str
    """What it says, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonedVerdict:
    """The verdict of one cell and what it comes from."""

    verdict: Verdict
    grounds: tuple[VerdictReason, ...]
    """Claims in the order of the file, then the baseline. Empty: nothing speaks of the cell."""


def reasoned_verdict(judge: Judge, cell: KnownCell) -> ReasonedVerdict:
    """Return the verdict that `Judge.verdict` gives, with everything that it comes from."""
    verdict, opinion = judge.judged(cell)
    return ReasonedVerdict(verdict=verdict, grounds=(*_claims(judge, opinion, cell), *_others(judge, cell)))


def _claims(judge: Judge, opinion: ClaimMatches, cell: KnownCell) -> Iterator[VerdictReason]:
    for agrees, numbers in ((True, opinion.agreeing), (False, opinion.disagreeing)):
        for claim, expectation in (judge.expectations[number] for number in numbers):
            only_fits = " (which announces no such outcome)" if agrees and not expectation.vouches(cell) else ""
            yield VerdictReason(
                source=f"claim {claim.id}", agrees=agrees, text=f"{expectation}: {claim.text}{only_fits}"
            )


def _others(judge: Judge, cell: KnownCell) -> Iterator[VerdictReason]:
    baseline = judge.baselines.get(cell.at.platform)
    entry = None if baseline is None else baseline.entry(cell.at)
    if entry is not None:
        text = f"{entry.accepted}: {entry.text}"
        yield VerdictReason(source="baseline", agrees=entry.accepted.allows(cell), text=text)
    elif baseline is not None and baseline.knows(cell.at) and judge.verdict(cell) is Verdict.UNEXPECTED:
        yield VerdictReason(source="baseline", agrees=False, text="knows the environment and has no such cell")
    if cell.outcome is Outcome.FLAKY:
        yield VerdictReason(source="rerun", agrees=False, text="it does not always give the same")
