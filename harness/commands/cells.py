"""What `cells` does: the cells of a stored run that the filters let through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.commands.stored_runs import known_view
from harness.infra.errors import ConfigurationError
from harness.judge.verdict import Judge, Verdict
from harness.model.outcome import Outcome
from harness.plan.selection import Selection, Vocabulary
from harness.render.text.cells import render_cells
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.workspace import Filters


def cell_lines(
    state: Path,
    run_id: str | None,
    filters: Filters,
    shape: str,
    *,
    outcomes: Sequence[str] = (),
    verdicts: Sequence[str] = (),
    judge: Judge | None = None,
) -> Iterator[str]:
    """Return the cells of a stored run that the filters let through, as `table`, `json` or `ids`.

    Those of some outcomes or verdicts only, where they are given; verdicts are those of the judge.
    """
    _refuse_unknown("--outcome", outcomes, [outcome.value for outcome in Outcome])
    _refuse_unknown("--verdict", verdicts, [verdict.value for verdict in Verdict])
    view, selection = _fitting(state, run_id, filters)
    chosen = [
        cell
        for cell, known in zip(view.cells(), view.known(), strict=True)
        if selection.matches(cell.key)
        and (not outcomes or cell.observation.outcome.value in outcomes)
        and (judge is None or judge.verdict(known).value in verdicts)
    ]
    yield from render_cells(view, chosen, shape)


def _fitting(state: Path, run_id: str | None, filters: Filters) -> tuple[ReportView, Selection]:
    """Return a stored run and what the filters mean there; the latest if the latest whole one has no such cells."""
    view = known_view(state, run_id)
    try:
        return view, filters.over(Vocabulary.of_cells(cell.key for cell in view.cells()))
    except ConfigurationError as refused:
        latest = "" if view.shipped else Runs(state).ids()[-1]
        if run_id is not None or latest in {"", view.run.id}:
            raise
        try:
            return _fitting(state, latest, filters)
        except ConfigurationError:
            raise refused from None


def _refuse_unknown(option: str, names: Sequence[str], known: Sequence[str]) -> None:
    for wrong in (name for name in names if name not in known):
        raise ConfigurationError(
            value=f"{option} {wrong}", cause="is unknown", action=f"use {', '.join(sorted(known))}"
        )
