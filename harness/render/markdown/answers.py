"""The answer in words: where each helper works, computed from the cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.analysis.axis_values import kind_of
from harness.infra.text import code, join, number
from harness.model.known_cells import KnownCell
from harness.model.outcome import HELPER_MISSING, Outcome
from harness.render.cell_phrases import CellPhrases
from harness.render.helper_support import HelperSupport, advised, is_tried
from harness.render.markdown.templates import templates
from harness.render.shared_failures import SharedFailures, shared_failures, telling_cells
from harness.render.view import ReportView

_KINDS = {"asyncio": "with the asyncio reactor", "none": "without a reactor", "other": "with another reactor"}
"""Kinds of reactors with which a Deferred is awaited in one and the same way, or should be."""
_LONGEST = 200
"""Characters of a description that still tells something."""
_LISTED = 3
_AXES = ("scrapy", "lane", "scenario", "python", "profile", "platform")


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperAnswer:
    """What cells say of one helper, with all reactors or with those of one kind."""

    tried: list[KnownCell]
    passing: list[KnownCell]
    failing: list[KnownCell]
    only: str = ""
    """Where just the passing cells lie, if that is the shorter way to say it."""
    but: str = ""
    """Where just the failing cells lie."""
    within: str = ""
    """Where the failing cells lie, with some that pass."""

    @classmethod
    def of(cls, cells: Sequence[KnownCell], where: CellPhrases | None = None) -> HelperAnswer:
        """Return what some cells of one helper say; `where` they pass or fail is said in its words."""
        tried = [cell for cell in cells if is_tried(cell)]
        passing = [cell for cell in tried if cell.outcome == Outcome.PASS]
        failing = [cell for cell in tried if cell.outcome != Outcome.PASS]
        only = but = within = ""
        if where is not None and passing and failing:
            exception, rule = where.place(failing, tried, _AXES), where.place(passing, tried, _AXES)
            is_exact = exception.inside == len(failing)
            if rule.inside == len(passing) and (len(passing) < len(failing) or not is_exact):
                only = rule.text
            elif is_exact:
                but = exception.text
            elif len(exception.text) <= _LONGEST:
                within = exception.text
        return cls(tried=tried, passing=passing, failing=failing, only=only, but=but, within=within)


def answers(view: ReportView) -> list[str]:
    """Return Markdown list items: what to write, what no helper changes, then one for each helper over all the rest."""
    where, shared = CellPhrases(view), shared_failures(view)
    by_helper = telling_cells(view, shared)
    text = templates().get_template("answers.md.j2").render(
        scrapys=view.scrapys,
        advice=advised({helper: HelperSupport.of(cells) for helper, cells in by_helper.items()}),
        nowhere=list(_nowhere(shared)),
        stuck=shared.stuck,
        stuck_exactly=where.exact(shared.stuck, view.core.seen, _AXES) if shared.stuck else None,
        stuck_within=where.place(shared.stuck, view.core.seen, _AXES).text if shared.stuck else "",
        helpers={helper: _of_helper(cells, where) for helper, cells in by_helper.items()},
        mechanisms=_mechanisms,
        kinds=_KINDS,
    )  # fmt: skip
    items = re.split(r"^(?=- )", text, flags=re.MULTILINE)[1:]
    return [" ".join(line.strip() for line in item.splitlines()) for item in items]


def _nowhere(shared: SharedFailures) -> Iterator[tuple[str, list[str], list[KnownCell]]]:
    """Scenarios that no helper passes, with the kinds of reactors (none: with all of them) and the cells."""
    for scenario in dict.fromkeys(scenario for _, scenario in shared.pairs):
        inside = {kind: cells for (kind, asked), cells in shared.pairs.items() if asked == scenario}
        kinds = [] if len(inside) == len(_KINDS) else [_KINDS[kind] for kind in inside]
        yield scenario, kinds, [cell for found in inside.values() for cell in found]


def _of_helper(
    cells: Sequence[KnownCell], where: CellPhrases
) -> tuple[HelperAnswer, set[str], dict[str, HelperAnswer]]:
    """All that it says, the releases that do not have it, and what it says by kind of reactor."""
    by_kind = {
        kind: HelperAnswer.of([cell for cell in cells if kind_of(cell.at.lane) == kind], where) for kind in _KINDS
    }
    whole = HelperAnswer.of(cells)
    missing = {cell.at.scrapy for cell in cells if cell.mechanism == HELPER_MISSING}
    return whole, missing, {kind: answer for kind, answer in by_kind.items() if answer.tried}


def _mechanisms(cells: Sequence[KnownCell]) -> str:
    counts: dict[str, int] = {}
    for cell in cells:
        name = cell.mechanism or cell.outcome.value
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: -counts[name])
    words = [code(name, 60) for name in ordered[:_LISTED]]
    if len(ordered) > _LISTED:
        words.append(f"{number(len(ordered) - _LISTED)} more")
    return join(words)
