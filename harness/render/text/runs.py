"""The stored runs as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.infra.text import one_line, plural
from harness.render.past_runs import PastRun

_HEAD = ("run", "day", "machine", "platform", "plan", "cells", "state", "unexpected", "since the run before")


def runs_lines(runs: Sequence[PastRun]) -> Iterator[str]:
    """A table, the oldest run first."""
    if not runs:
        yield "no run is stored here: start one with `scrapy-compat run`"
        return
    rows = [_HEAD, *map(_row, runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
    yield plural(len(runs), "run")


def _row(run: PastRun) -> tuple[str, ...]:
    verdicts, changes = run["verdicts"], run["changes"]
    if changes is None:
        since = "-"
    else:
        since = ", ".join(f"{count:,} {change}" for change, count in changes.items()) or "the same"
    return (
        run["id"], run["day"], run["machine"] or "-", run["platform"] or "-", one_line(run["plan"]) or "-",
        f"{run['cells']:,}", _state(run), "?" if verdicts is None else f"{verdicts['unexpected']:,}", since,
    )  # fmt: skip


def _state(run: PastRun) -> str:
    if run["problem"] is not None:
        return "damaged"
    if run["finished"] is None:
        return "unfinished"
    return "complete" if run["complete"] else "incomplete"
