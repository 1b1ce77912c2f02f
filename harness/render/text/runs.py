"""The stored runs as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.infra.text import plural
from harness.render.listed_run import ListedRun
from harness.render.table_lines import table_lines

_HEAD = ("run", "day", "machine", "platform", "plan", "cells", "state", "unexpected", "since the run before")


def runs_lines(runs: Sequence[ListedRun], width: int | None = None) -> Iterator[str]:
    """Return a table, the oldest run first; `width`: of the terminal, None for what is none."""
    if not runs:
        yield "no run is stored here: start one with `scrapy-compat run`"
        return
    yield from table_lines(list(map(_row, runs)), _HEAD, width=width)
    yield plural(len(runs), "run")


def _row(run: ListedRun) -> tuple[str, ...]:
    verdicts, changes = run["verdicts"], run["changes"]
    if changes is None:
        since = "-"
    else:
        since = ", ".join(f"{count:,} {change}" for change, count in changes.items()) or "the same"
    return (
        run["id"], run["day"], run["machine"] or "-", run["platform"] or "-", run["plan"] or "-",
        f"{run['cells']:,}", _state(run), "?" if verdicts is None else f"{verdicts['unexpected']:,}", since,
    )  # fmt: skip


def _state(run: ListedRun) -> str:
    if run["problem"] is not None:
        return "damaged"
    if run["finished"] is None:
        return "unfinished"
    return "complete" if run["complete"] else "incomplete"
