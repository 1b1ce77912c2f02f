"""What becomes of a claim, in words."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.cell_blocks import CellBlock
from harness.infra.text import number
from harness.judge.claim_results import ClaimResult
from harness.model.known_cells import AXES
from harness.render.cell_phrases import EVERYWHERE, CellPhrases
from harness.render.view import ReportView
from harness.render.wine_notice import under_wine


def block_words(view: ReportView, where: CellPhrases, block: CellBlock) -> str:
    """Return a block in words; an axis of which it has every value of the view is left out."""
    parts = []
    every = {"platform": view.platforms, "python": view.pythons, "scrapy": view.scrapys, "profile": view.profiles,
             "lane": view.lanes, "scenario": view.scenarios, "helper": view.helpers}  # fmt: skip
    for axis, values in zip(AXES, block.values, strict=True):
        told = [view.labels.get(value, value) for value in values] if axis == "scrapy" else list(values)
        if len(told) < len(every[axis]):
            parts.append(where.write(axis, told))
    return " · ".join(parts) or EVERYWHERE


def claim_notes(view: ReportView, result: ClaimResult) -> Iterator[str]:
    """Return what a claim's counts have to be read with; nothing where they are of the platform that it is about."""
    if result.measured_on is not None:
        yield under_wine(view)
    for each in result.beside:
        yield f"{each.platform} says {each.verdict}: {number(each.agreeing)} for, {number(each.disagreeing)} against"
