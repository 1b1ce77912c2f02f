"""What becomes of a claim, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analysis.cell_blocks import CellBlock
from harness.infra.text import number
from harness.judge.claim_results import ClaimResult
from harness.model.known_cells import Axis
from harness.render.cell_phrases import EVERYWHERE, NOT_TOLD_APART, CellPhrases
from harness.render.view import ReportView
from harness.render.wine_notice import under_wine


def block_words(view: ReportView, where: CellPhrases, block: CellBlock) -> str:
    """Return a block in words: what bounds it among all cells of the view, and what of that is not told apart."""
    parts = []
    for group in view.grid.bounding(block):
        told = [_axis_words(view, where, axis, block.of(axis)) for axis in group]
        parts.append(" or ".join(told) + (NOT_TOLD_APART if len(told) > 1 else ""))
    return " · ".join(parts) or EVERYWHERE


def _axis_words(view: ReportView, where: CellPhrases, axis: Axis, values: Sequence[str]) -> str:
    return where.write(axis, [view.labels.get(value, value) for value in values] if axis == "scrapy" else values)


def claim_notes(view: ReportView, result: ClaimResult) -> Iterator[str]:
    """Return what a claim's counts have to be read with; nothing where they are of the platform that it is about."""
    if result.measured_on is not None:
        yield under_wine(view)
    for each in result.beside:
        yield f"{each.platform} says {each.verdict}: {number(each.agreeing)} for, {number(each.disagreeing)} against"
