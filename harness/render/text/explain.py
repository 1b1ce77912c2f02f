"""The rules that a table was reduced to, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.analysis.cell_blocks import CellGrid
from harness.analysis.rules import Explanation, OutcomeRule
from harness.infra.text import one_line, plural
from harness.model.known_cells import KnownCell
from harness.render.block_phrases import BlockText

_NUMBERS = 12


def rules_lines(found: Explanation, cells: Iterable[KnownCell]) -> Iterator[str]:
    """Return the rules with their support and exceptions, and what they are silent about; `cells`: those explained."""
    grid = CellGrid((cell.at for cell in cells if cell.outcome.judged), found.axes.orders)
    words = BlockText(grid, found.axes)
    yield f"{plural(found.judged, 'cell')}, {plural(len(found.rules), 'rule')}; where several speak, the last decides"
    for number, rule in enumerate(found.rules, 1):
        why = f"/{one_line(rule.said.mechanism)}" if rule.said.mechanism else ""
        yield f"{number:4}  {rule.said.outcome}{why}: {words.write(rule.block)}"
        yield f"      {plural(rule.support, 'cell')}{_exceptions(rule)}"
    if found.not_judged:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in found.not_judged.most_common())
        yield f"nothing is said of {plural(sum(found.not_judged.values()), 'cell')} where nothing could run: {told}"


def _exceptions(rule: OutcomeRule) -> str:
    if not rule.exceptions:
        return ""
    numbers = [str(place + 1) for place in rule.excepted_by[:_NUMBERS]]
    more = len(rule.excepted_by) - len(numbers)
    return f"; exceptions: {rule.exceptions:,}, by {', '.join(numbers)}{f' and {more} more rules' if more else ''}"
