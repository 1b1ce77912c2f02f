"""The rules that a table was reduced to, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.analysis.cell_blocks import CellGrid
from harness.analysis.minimal_pairs import AxisEffect
from harness.analysis.rules import Explanation, OutcomeRule
from harness.infra.text import one_line, plural
from harness.model.known_cells import KnownCell
from harness.render.block_phrases import BlockText
from harness.render.cell_phrases import EVERYWHERE, NOT_TOLD_APART

_ORDER = ("platform", "scrapy", "python", "profile", "reactor", "loop", "scenario", "helper")
_DOUBTS = {
    AxisEffect.NOT_TOLD_APART: NOT_TOLD_APART,
    AxisEffect.NOT_TRIED: " (no pair shows it)",
    AxisEffect.RULED_OUT: " (no pair shows it)",
}


def rules_lines(found: Explanation, cells: Iterable[KnownCell]) -> Iterator[str]:
    """Return the rules with their support and exceptions, and what they are silent about; `cells`: those explained."""
    grid = CellGrid((cell.at for cell in cells if cell.outcome.judged), found.axes.orders)
    words = BlockText(grid, found.axes)
    yield f"{plural(found.judged, 'cell')}, {plural(len(found.rules), 'rule')}; where several speak, the last decides"
    for number, rule in enumerate(found.rules, 1):
        why = f"/{one_line(rule.said.mechanism)}" if rule.said.mechanism else ""
        yield f"{number:4}  {rule.said.outcome}{why}: {rule_text(rule, words)}"
        yield f"      {_share(rule)}"
        if rule.example is not None:
            yield f"      e.g. {rule.example}"
    if found.not_judged:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in found.not_judged.most_common())
        yield f"nothing is said of {plural(sum(found.not_judged.values()), 'cell')} where nothing could run: {told}"


def rule_text(rule: OutcomeRule, words: BlockText) -> str:
    """Return what bounds a rule, with what of it no pair shows."""
    parts = []
    for condition in sorted(rule.conditions, key=lambda each: _ORDER.index(each.axes[0])):
        axes = sorted(condition.axes, key=_ORDER.index)
        parts.append(" or ".join(_axis(axis, rule, words) for axis in axes) + _DOUBTS.get(condition.effect, ""))
    return " · ".join(parts) or EVERYWHERE


def _axis(axis: str, rule: OutcomeRule, words: BlockText) -> str:
    if axis not in ("reactor", "loop"):
        return words.axis(axis, rule.block.of(axis))
    return words.lane_part(axis, rule.block.of("lane"))


def _share(rule: OutcomeRule) -> str:
    """Return how many cells of its block a rule decides; the numbers of all rules add up to all cells."""
    if rule.support == rule.cells:
        return f"decides {plural(rule.support, 'cell')}"
    others = rule.cells - rule.support
    return f"decides {rule.support:,} of {plural(rule.cells, 'cell')}; later rules decide {others:,}"
