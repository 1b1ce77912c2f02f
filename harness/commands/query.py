"""What `query` does: answers a question in SQL about stored runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.commands.stored_runs import judged_run
from harness.judge.verdict import Judge
from harness.render.cell_database import cells_database
from harness.render.judged_view import JudgedView
from harness.render.text.query import query_lines
from harness.store.run_directory import Runs


def query_runs(
    state: Path, run_ids: Sequence[str], sql: str, shape: str, judge: Judge, *, every: bool
) -> Iterator[str]:
    """Return what a question in SQL finds in stored runs (named, `every` one, or the latest), as lines of a `shape`.

    Raises `ConfigurationError` where it is no question, or DuckDB is not installed.
    """
    chosen: Sequence[str | None] = Runs(state).ids() if every else run_ids
    runs = (judged_run(state, run_id, judge) for run_id in chosen or [None])
    with cells_database(JudgedView(each.view, each.judgement, judge) for each in runs) as database:
        yield from query_lines(database, sql, shape)
