"""What `explain` does: the rules that reproduce the cells of a stored run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.analysis.rules import explain
from harness.commands.stored_runs import answered_from, chosen, known_view
from harness.render.text.explain import rules_lines
from harness.render.to_plain import json_text
from harness.workspace import Filters


def explain_lines(state: Path, run_id: str | None, filters: Filters, *, as_json: bool = False) -> Iterator[str]:
    """Return the rules that reproduce the cells of a stored run that the filters let through; one object `as_json`."""
    view = known_view(state, run_id)
    cells = chosen(list(view.known()), filters)
    found = explain(cells)
    if as_json:
        yield json_text(found)
    else:
        yield answered_from(view)
        yield from rules_lines(found, cells)
