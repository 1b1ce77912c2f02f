"""Annotations of GitHub Actions: a workflow command `::error` for each unexpected cell, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from harness.infra.text import one_line, plural
from harness.judge.mismatches import Mismatch
from harness.model.known_cells import KnownCell
from harness.render.judged_view import JudgedView

LIMIT = 1_000
"""Commands at most: GitHub shows ten of a step, the others only stand in its log."""
_DETAIL = 300


def annotation_parts(judged: JudgedView) -> Iterator[str]:
    """Return workflow commands; of cells that are alike one comes first, so that those shown are all different."""
    found = judged.objections
    firsts = ((each, each.cells[0]) for each in found)
    others = ((each, cell) for each in found for cell in each.cells[1:])
    for number, (each, cell) in enumerate(chain(firsts, others)):
        if number == LIMIT:
            rest = len(judged.judgement.unexpected) - LIMIT
            yield f"… {plural(rest, 'more unexpected cell')}: scrapy-compat cells --verdict unexpected\n"
            return
        yield _command(each, cell)


def _command(found: Mismatch, cell: KnownCell) -> str:
    title = one_line(f"unexpected {found.gave}")
    detail = f" ({one_line(cell.detail, _DETAIL)})" if cell.detail else ""
    message = one_line(f"{cell.at.key.id} gave {found.gave}{detail}; {found.against}", 2_000)
    return f"::error title={_property(title)}::{_data(message)}\n"


def _data(text: str) -> str:
    """As the runner wants what follows the second `::`."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As the runner wants a property, which ends at a comma or a colon."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
