"""What `cells` prints: lines of plain text, whatever the cells hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from harness.infra.text import one_line, visible
from harness.model.outcome import Outcome
from harness.render.lane_cells import ViewCell
from harness.render.matrix_json import cell_object
from harness.render.view import ReportView, shipped_words

_WIDTH = max(len(outcome.value) for outcome in Outcome)
_DETAIL = 120


def render_cells(view: ReportView, cells: Iterable[ViewCell], shape: str) -> Iterator[str]:
    """Return the cells as `ids`, as `json` (one object a line), or as `table`: outcome, id, mechanism and detail."""
    if shape == "ids":
        yield from (visible(cell.key.id) for cell in cells)
    elif shape == "json":
        yield from (json.dumps({"cell": cell.key.id, **cell_object(cell), "origin": cell.origin}) for cell in cells)
    else:
        found = list(cells)
        width = max((len(cell.key.id) for cell in found), default=0)
        yield from (_row(cell, width) for cell in found)
        yield f"{len(found):,} of {view.count:,} cells of {_run(view)}"


def _run(view: ReportView) -> str:
    return shipped_words(view.run) if view.shipped else f"run {visible(view.run.id)}"


def _row(cell: ViewCell, width: int) -> str:
    seen = cell.observation
    why = ": ".join(one_line(text, _DETAIL) for text in (seen.mechanism, seen.detail) if text)
    unclean = f"[close {seen.close}] " if seen.close is not None and seen.close.value != "clean" else ""
    return f"{seen.outcome.value:<{_WIDTH}}  {visible(cell.key.id):<{width}}  {unclean}{why}".rstrip()
