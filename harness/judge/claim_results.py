"""Known cells -> what becomes of each claim: confirmed, refuted, or unverified and what it would take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.judge.claim import Claim
from harness.judge.verdict import ClaimMatches, Judge, NumberedExpectation, Verdict
from harness.model.known_cells import AXES, CellCoordinates, KnownCell
from harness.model.outcome import Outcome, Status

_REASON = 200
"""Characters kept of a reason why a cell could not be run."""


class ClaimVerdict(Status):
    """What measurements say of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNVERIFIED = "unverified"


NEWS_FIRST = (ClaimVerdict.REFUTED, ClaimVerdict.UNVERIFIED, ClaimVerdict.CONFIRMED)
"""In the order in which people want to read them."""


def _failed(outcome: Outcome) -> bool:
    return outcome.measured and outcome is not Outcome.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterExample:
    """Cells that are all not as a claim expects, in the same way."""

    block: CellBlock
    """What it stands for are those among the claim's cells."""
    count: int
    outcome: Outcome
    mechanism: str | None
    expected: str
    """What the claim expects of them, for people."""
    first: KnownCell
    """One of them."""

    @property
    def seen(self) -> str:
        """For people: `fail: no-value`."""
        return f"{self.outcome}: {self.mechanism}" if self.mechanism else str(self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInCounts:
    """What cells of a platform say that stands in for the claim's own, where that was measured as well."""

    platform: str
    verdict: ClaimVerdict
    agreeing: int
    disagreeing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """What becomes of one claim."""

    claim: Claim
    verdict: ClaimVerdict
    agreeing: int
    """Number of cells that are as expected."""
    disagreeing: int
    examples: tuple[CounterExample, ...]
    needs: tuple[str, ...]
    """What it would take to verify it, or the parts of it that no cell says anything of."""
    measured_on: str | None = None
    """The platform that stood in for the claim's own, of which no cell says anything; None: none had to."""
    beside: tuple[StandInCounts, ...] = ()
    """What platforms say that could have stood in and did not have to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that is judged of some cells."""

    verdicts: list[Verdict]
    """Cell by cell, in their order."""
    counts: Counter[Verdict]
    # One object for cells that show the same, whatever is said of them: claims are counted by it.
    opinions: list[ClaimMatches] = field(compare=False)
    """What the claims say of each cell, in their order."""
    expectations: tuple[NumberedExpectation, ...]
    """What opinions name by its place here."""
    unexpected: list[KnownCell]
    unannounced: int
    """Number of the cells that were run and did not pass, on a platform of which nothing is accepted, and of which no
    claim says anything."""
    claims: tuple[ClaimResult, ...]
    """In the order of the file."""
    digest: str
    """Of the files that it was judged by."""

    @property
    def told_counts(self) -> dict[str, int]:
        """Number of cells by verdict, all verdicts."""
        return {verdict.value: self.counts[verdict] for verdict in Verdict}

    @property
    def claims_by_verdict(self) -> dict[ClaimVerdict, list[ClaimResult]]:
        """The claims by what became of them, what is refuted first."""
        return {verdict: [each for each in self.claims if each.verdict is verdict] for verdict in NEWS_FIRST}

    @property
    def claim_counts(self) -> Counter[ClaimVerdict]:
        """Number of claims by what became of them."""
        return Counter(each.verdict for each in self.claims)


def judge_cells(judge: Judge, cells: Callable[[], Iterable[KnownCell]]) -> Judgement:
    """Return the verdict of every cell and of every claim. Judging again gives the same.

    `cells` gives the cells, always in the same order, and is called twice: so hundreds of thousands of them need not
    be held at once.
    """
    verdicts: list[Verdict] = []
    opinions: list[ClaimMatches] = []
    unexpected: list[KnownCell] = []
    unannounced = 0
    values: dict[tuple[str, ...], None] = {}
    questions: dict[tuple[str, ...], None] = {}
    for cell in cells():
        verdict, opinion = judge.judged(cell)
        verdicts.append(verdict)
        opinions.append(opinion)
        values[cell.at[:5]] = questions[cell.at[5:]] = None
        if verdict is Verdict.UNEXPECTED:
            unexpected.append(cell)
        elif verdict is Verdict.UNCLAIMED and _failed(cell.outcome) and cell.at.platform not in judge.baselines:
            unannounced += 1
    axes = [*zip(*values, strict=True), *zip(*questions, strict=True)] or [()] * len(AXES)
    results = _Results(judge, Counter(opinions), dict(zip(AXES, map(frozenset, axes), strict=True)))
    wanted = results.opinions_to_look_at()
    if wanted:
        for cell, opinion in zip(cells(), opinions, strict=True):
            if opinion in wanted:
                results.look_at(cell, opinion)
    return Judgement(
        verdicts=verdicts,
        counts=Counter(verdicts),
        opinions=opinions,
        expectations=judge.expectations,
        unexpected=unexpected,
        unannounced=unannounced,
        claims=tuple(map(results.of, judge.claims)),
        digest=judge.digest,
    )


class _Results:
    """Puts together what became of claims."""

    def __init__(self, judge: Judge, counts: Counter[ClaimMatches], values: Mapping[str, Collection[str]]) -> None:
        """Take `counts`, the number of cells by what the claims say of them, and the `values` of each axis."""
        self._expectations = judge.expectations
        self._counts = counts
        self._values = values
        self._agreeing, self._disagreeing = Counter[int](), Counter[int]()
        for opinion, count in counts.items():
            self._agreeing.update(dict.fromkeys(opinion.agreeing, count))
            self._disagreeing.update(dict.fromkeys(opinion.disagreeing, count))
        self._cells: dict[ClaimMatches, list[KnownCell]] = {}

    def opinions_to_look_at(self) -> set[ClaimMatches]:
        """Return those whose cells are needed: of claims that are refuted, and of what nothing is known of."""
        refuted = {self._expectations[number].claim.id for number in self._disagreeing}
        numbers = {number for number, each in enumerate(self._expectations) if each.claim.id in refuted}
        found = {each for each in self._counts if not numbers.isdisjoint(each.agreeing + each.disagreeing)}
        return found | {each for each in self._counts if any(map(self._is_unseen, each.silent))}

    def look_at(self, cell: KnownCell, opinion: ClaimMatches) -> None:
        """Take up one of their cells."""
        self._cells.setdefault(opinion, []).append(cell)

    def of(self, claim: Claim) -> ClaimResult:
        """Return what became of one claim.

        The claim's own platform decides. Where none of its cells says anything, one that stands in for it does; the
        two are never counted together.
        """
        mine = [number for number, each in enumerate(self._expectations) if each.claim is claim]
        by_place: dict[str | None, list[int]] = {}
        for number in mine:
            by_place.setdefault(self._expectations[number].expectation.stand_in, []).append(number)
        told = {place: self._counted(numbers) for place, numbers in by_place.items()}
        place = next((place for place, counts in told.items() if any(counts)), None)
        numbers, (agreeing, disagreeing) = by_place[place], told[place]
        return ClaimResult(
            claim=claim,
            verdict=_verdict(agreeing, disagreeing),
            agreeing=agreeing,
            disagreeing=disagreeing,
            examples=tuple(self._examples(numbers)) if disagreeing else (),
            needs=tuple(dict.fromkeys(map(self._need, filter(self._is_unseen, numbers)))),
            measured_on=place,
            beside=tuple(
                StandInCounts(platform=other, verdict=_verdict(*counts), agreeing=counts[0], disagreeing=counts[1])
                for other, counts in told.items()
                if other is not None and other != place and any(counts)
            ),
        )

    def _counted(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Cells that agree with some expectations, and that disagree."""
        agreeing = sum(self._agreeing[number] for number in numbers)
        return agreeing, sum(self._disagreeing[number] for number in numbers)

    def _is_unseen(self, number: int) -> bool:
        return not self._agreeing[number] and not self._disagreeing[number]

    def _examples(self, numbers: Sequence[int]) -> list[CounterExample]:
        """Return the cells that disagree, folded among the cells of the claim; many first."""
        wanted = set(numbers)
        told = {opinion: cells for opinion, cells in self._cells.items()
                if not wanted.isdisjoint(opinion.agreeing + opinion.disagreeing)}  # fmt: skip
        grid = CellGrid(cell.at for cells in told.values() for cell in cells)
        alike: dict[tuple[Outcome, str | None, str], dict[CellCoordinates, KnownCell]] = {}
        for opinion, cells in told.items():
            for number in wanted.intersection(opinion.disagreeing):
                key = (cells[0].outcome, cells[0].mechanism, str(self._expectations[number].expectation))
                alike.setdefault(key, {}).update((cell.at, cell) for cell in cells)
        found = [
            CounterExample(
                block=block,
                count=len(inside),
                outcome=outcome,
                mechanism=mechanism,
                expected=expected,
                first=against[inside[0]],
            )
            for (outcome, mechanism, expected), against in alike.items()
            for block in grid.fold(against)
            for inside in [grid.unfold(block)]
        ]
        return sorted(found, key=lambda each: (-each.count, each.outcome.value, each.mechanism or "", each.first.at))

    def _need(self, number: int) -> str:
        """Return what it would take to know of something of which no cell says anything."""
        choices = self._expectations[number].expectation.where.choices
        missing = [repr(each) for each in choices if not any(map(each.has, self._values[each.axis]))]
        if missing:
            return f"a plan with {' and '.join(dict.fromkeys(missing))}"
        here = [cell for opinion, cells in self._cells.items() if number in opinion.silent for cell in cells]
        if not here:
            return f"a plan with {' and '.join(dict.fromkeys(map(repr, choices)))} together"
        outcomes = Counter(cell.outcome for cell in here)
        told = [f"{count} {outcome}{_first_reason(here, outcome)}" for outcome, count in outcomes.most_common()]
        return f"cells that can be run; there are {'; '.join(told)}"


def _verdict(agreeing: int, disagreeing: int) -> ClaimVerdict:
    if disagreeing:
        return ClaimVerdict.REFUTED
    return ClaimVerdict.CONFIRMED if agreeing else ClaimVerdict.UNVERIFIED


def _first_reason(cells: Sequence[KnownCell], outcome: Outcome) -> str:
    told = next((cell.detail for cell in cells if cell.outcome is outcome and cell.detail), None)
    return "" if told is None else f" ({told[:_REASON]})"
