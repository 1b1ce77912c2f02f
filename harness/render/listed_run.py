"""One stored run as lists of runs show it, ready for JSON."""

from __future__ import annotations

from typing import TypedDict


class ListedRun(TypedDict):
    """One stored run, ready for JSON."""

    id: str
    """Ids sort by time."""
    started: str
    """UTC, ISO 8601; empty where the file cannot be read."""
    day: str
    """UTC."""
    finished: str | None
    """None: it still runs, was interrupted, or cannot be read."""
    machine: str
    """Anonymous id; empty for runs from before there were any."""
    platform: str
    plan: str
    narrowed: bool
    """Whether filters or a choice had narrowed the plan."""
    complete: bool
    cells: int
    outcomes: dict[str, int]
    """Number of cells by outcome; of a run that did not end those recorded."""
    verdicts: dict[str, int] | None
    """Number of cells by verdict, as judged when it ended or when its report was written last; None: never judged."""
    changes: dict[str, int] | None
    """Number of cells by class of change since the run before of the same plan and machine; None: there was none."""
    problem: str | None
    """Why its file cannot be read."""
