"""What `show` does: everything that is known of one cell."""

from __future__ import annotations

from pathlib import Path

from harness.commands.stored_runs import open_run, parsed_cell, shipped_view
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.render.text.show import ShownCell
from harness.render.view import ReportView
from harness.store.run_directory import Runs


def shown_cell(state: Path, run_id: str | None, cell: str, judge: Judge) -> ShownCell:
    """Return everything that is known of one cell. Raises `ConfigurationError`, `StorageError`."""
    key = parsed_cell(cell)
    shipped = shipped_view(state, run_id)
    if shipped is not None:
        return ShownCell(shipped, None, key, judge)
    if run_id is None:
        run_id = _latest_with(state, key)
    with open_run(state, run_id) as store:
        return ShownCell(ReportView.of_store(store), store, key, judge, state=state)


def _latest_with(state: Path, key: CellKey) -> str | None:
    """Return the latest run that holds a cell, be it one of single cells; None where none does."""
    runs = Runs(state)
    for run_id in reversed(runs.ids()):
        with runs.open(run_id) as store:
            if store.cell(key) is not None:
                return run_id
    return None
