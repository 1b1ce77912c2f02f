"""One run with its verdicts, as formats show it that tell of single cells: everything they count, counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from harness.analysis.axis_values import AxisValues
from harness.judge.claim_results import Judgement
from harness.judge.mismatches import Mismatch, mismatches
from harness.judge.verdict import Judge, Verdict
from harness.model.ids import CellKey
from harness.model.outcome import MEASURED, Outcome, Status
from harness.render.block_phrases import BlockText
from harness.render.lane_cells import ViewCell
from harness.render.view import EnvironmentView, ReportView

FOLDED = 50
"""Objections that are folded into ranges; of hostile cells each may be one of its own."""


class FoldedRange(NamedTuple):
    """Some cells that lie together."""

    cells: int
    where: str
    """In words, without mark-up."""
    example: CellKey


class TestStatus(Status):
    """What a program is told of a cell that knows tests, which pass or do not."""

    PASSED = "passed"
    SKIPPED = "skipped"
    """It did not pass, and nothing speaks against that: it is known to fail there, or there is no such thing."""
    FAILED = "failed"
    """It is unexpected, be it that it passes where it should not."""
    ERROR = "error"
    """The plan asks for it, and nothing is known of it."""


def test_status(outcome: Outcome, verdict: Verdict) -> TestStatus:
    """Return how a cell with that outcome and verdict stands."""
    if outcome.incomplete:
        return TestStatus.ERROR
    if verdict is Verdict.UNEXPECTED:
        return TestStatus.FAILED
    return TestStatus.PASSED if outcome is Outcome.PASS else TestStatus.SKIPPED


class JudgedCell(NamedTuple):
    """One cell with what is judged of it."""

    cell: ViewCell
    verdict: Verdict
    standing: TestStatus


class Tally:
    """Numbers of cells by outcome and verdict, and by what follows from them."""

    def __init__(self, counts: Mapping[tuple[Outcome, Verdict], int]) -> None:
        self.counts = dict(counts)
        self.outcomes: Counter[Outcome] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.standings: Counter[TestStatus] = Counter()
        for (outcome, verdict), count in self.counts.items():
            self.outcomes[outcome] += count
            self.verdicts[verdict] += count
            self.standings[test_status(outcome, verdict)] += count

    @property
    def cells(self) -> int:
        """Number of all."""
        return sum(self.counts.values())

    @property
    def measured(self) -> int:
        """Number of those whose await was really tried."""
        return sum(self.outcomes[outcome] for outcome in MEASURED)


class JudgedEnvironment(NamedTuple):
    """One environment with all of its cells."""

    view: EnvironmentView
    cells: list[JudgedCell]
    tally: Tally


class JudgedView:
    """A view with what is judged of its cells."""

    def __init__(self, view: ReportView, judgement: Judgement, judge: Judge) -> None:
        """`judgement`: of the view's cells, by `judge`."""
        self.view = view
        self.judgement = judgement
        self._judge = judge

    def cells(self) -> Iterator[JudgedCell]:
        """Return every cell in the order of the plan."""
        for cell, verdict in zip(self.view.cells(), self.judgement.verdicts, strict=True):
            yield JudgedCell(cell, verdict, test_status(cell.observation.outcome, verdict))

    def environments(self) -> Iterator[JudgedEnvironment]:
        """Return every environment that has cells, in the order of the plan."""
        cells = self.cells()
        for each in self.view.environments:
            inside = list(islice(cells, sum(each.outcomes.values())))
            if inside:
                counts = Counter((cell.cell.observation.outcome, cell.verdict) for cell in inside)
                yield JudgedEnvironment(each, inside, Tally(counts))

    @cached_property
    def lanes(self) -> dict[tuple[str, str], Tally]:
        """Numbers of cells by platform and lane, in the order of the plan."""
        counts: dict[tuple[str, str], Counter[tuple[Outcome, Verdict]]] = {}
        verdicts = iter(self.judgement.verdicts)
        for block in self.view.blocks:
            inside = counts.setdefault((block.environment.platform, block.lane.name), Counter())
            # The block's own list comes first: where it ends, nothing is taken from the verdicts.
            inside.update((seen.outcome, verdict) for seen, verdict in zip(block.observations, verdicts, strict=False))
        return {where: Tally(inside) for where, inside in counts.items()}

    @cached_property
    def tally(self) -> Tally:
        """Numbers of all cells."""
        return Tally(sum((Counter(each.counts) for each in self.lanes.values()), Counter()))

    @cached_property
    def objections(self) -> list[Mismatch]:
        """What speaks against the unexpected cells, those that are alike in that together, many first."""
        return mismatches(self._judge, self.judgement.unexpected)

    @cached_property
    def folded(self) -> list[tuple[Mismatch, list[FoldedRange]]]:
        """The same with the ranges that the cells lie in, large ones first; none past the first `FOLDED` objections."""
        if not self.objections:
            return []
        grid = self.view.grid
        words = BlockText(grid, AxisValues.of(cell.at for cell in self.view.known()))

        def ranges(found: Mismatch) -> Iterator[FoldedRange]:
            for block in grid.fold([cell.at for cell in found.cells]):
                inside = grid.unfold(block)
                yield FoldedRange(len(inside), words.write(block), inside[0].key)

        return [(each, list(ranges(each)) if place < FOLDED else []) for place, each in enumerate(self.objections)]

    @cached_property
    def against(self) -> dict[CellKey, str]:
        """What speaks against each unexpected cell, in words."""
        return {cell.at.key: each.against for each in self.objections for cell in each.cells}
