"""Known cells -> whether each is as expected, by the claims of the documentation and the accepted baseline.

| verdict | when |
|---|---|
| expected | a claim announces it and none that judges the cell disagrees; or it is what the baseline has |
| unexpected | a claim disagrees; the baseline has something else; it is flaky; or it could not be run at all \
(`broken`, `uninstallable`), or does not show the await that a claim is about, and the baseline is about it and \
does not say so |
| unclaimed | neither says anything of it |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from harness.judge.baseline_file import Baseline
from harness.judge.cell_filter import FilterIndex
from harness.judge.claim import BEYOND_AWAIT, Claim, Expectation
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome, Status


class Verdict(Status):
    """What is to be said of a cell."""

    EXPECTED = "expected"
    UNEXPECTED = "unexpected"
    UNCLAIMED = "unclaimed"


class ClaimMatches:
    """What the claims say of cells that the same expectations hold for and that show the same."""

    __slots__ = ("agreeing", "announced", "disagreeing", "silent")

    def __init__(
        self, *, agreeing: tuple[int, ...], disagreeing: tuple[int, ...], silent: tuple[int, ...], announced: bool
    ) -> None:
        self.agreeing = agreeing
        """Numbers of the expectations that the cell fulfils."""
        self.disagreeing = disagreeing
        """Numbers of those that it does not."""
        self.silent = silent
        """Numbers of those that it says nothing of: it could not be run, or is not to be believed."""
        self.announced = announced
        """Whether one that the cell fulfils announces what it shows."""


class NumberedExpectation(NamedTuple):
    """One expectation with the claim that it is part of."""

    claim: Claim
    expectation: Expectation


class Judge:
    """Judges cells one by one, and each in a microsecond or two. Equal cells always get equal verdicts."""

    def __init__(
        self, claims: Sequence[Claim], baselines: Mapping[str, Baseline] | None = None, *, digest: str = ""
    ) -> None:
        """`baselines`: by platform; a platform of which nothing was accepted yet has none.

        `digest` is that of the files which all this was read from.
        """
        self.digest = digest
        self.claims = tuple(claims)
        self.baselines = {} if baselines is None else baselines
        self.expectations = tuple(NumberedExpectation(claim, each) for claim in claims for each in claim.expectations)
        """Those of all claims; opinions name them by their place here."""
        self._applying = FilterIndex([each.expectation.where for each in self.expectations], self._question)

    def verdict(self, cell: KnownCell) -> Verdict:
        """Return whether a cell is as expected."""
        return self.judged(cell)[0]

    def is_unexpected(self, cell: KnownCell) -> bool:
        """Whether a cell contradicts what is claimed or accepted."""
        return self.verdict(cell) is Verdict.UNEXPECTED

    def judged(self, cell: KnownCell) -> tuple[Verdict, ClaimMatches]:
        """Return the verdict with what the claims say of the cell."""
        opinion = self._applying.to(cell.at).opinion(cell)
        if cell.outcome.silent:
            return Verdict.UNCLAIMED, opinion
        if opinion.announced and not opinion.disagreeing:
            return Verdict.EXPECTED, opinion
        baseline = self.baselines.get(cell.at.platform)
        accepted = None if baseline is None else baseline.accepted(cell.at)
        if accepted is not None and accepted.allows(cell):
            return Verdict.EXPECTED, opinion
        # A claim about awaits says nothing of a cell that does not show one; that it was accepted to show one stands.
        unshown = cell.mechanism in BEYOND_AWAIT and any(
            self.expectations[number].expectation.about_await for number in opinion.silent
        )
        missed = cell.outcome.unusable or (cell.outcome.measured and unshown)
        missed = missed and baseline is not None and baseline.knows(cell.at)
        if opinion.disagreeing or accepted is not None or missed or cell.outcome is Outcome.FLAKY:
            return Verdict.UNEXPECTED, opinion
        return Verdict.UNCLAIMED, opinion

    def _question(self, numbers: tuple[int, ...]) -> _Question:
        return _Question(self.expectations, numbers)


class _Question:
    """Cells that the same expectations hold for."""

    def __init__(self, expectations: Sequence[NumberedExpectation], numbers: Iterable[int]) -> None:
        self._expected = [(number, expectations[number].expectation) for number in numbers]
        self._asks_detail = any(
            each is not None and each.details for _, one in self._expected for each in (one.seen, one.unless)
        )
        self._opinions: dict[tuple[object, ...], ClaimMatches] = {}

    def opinion(self, cell: KnownCell) -> ClaimMatches:
        """Return what the claims say of a cell."""
        shown = (*cell[1:3], cell.detail if self._asks_detail else None, *cell[4:])
        found = self._opinions.get(shown)
        if found is None:
            judging = [(number, each) for number, each in self._expected if each.judges(cell)]
            agreeing = [(number, each) for number, each in judging if each.agrees(cell)]
            found = self._opinions[shown] = ClaimMatches(
                agreeing=tuple(number for number, _ in agreeing),
                disagreeing=tuple(number for number, each in judging if not each.agrees(cell)),
                silent=tuple(number for number, each in self._expected if not each.judges(cell)),
                announced=any(each.vouches(cell) for _, each in agreeing),
            )
        return found
