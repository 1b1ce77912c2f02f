"""Processes that a test has started, told apart from those of tests that run at the same time."""

from __future__ import annotations

from pathlib import Path

import psutil

MARK = "STARTED_BY_TEST"
"""A variable for a value of the test's own: whatever it starts inherits it, down to the cells."""


def carrying(value: str, name: str = MARK, within: Path | None = None) -> list[int]:
    """Return the living processes that were started with the variable `name` set to `value`.

    With `within` only those whose command line names a path in that folder.
    """
    found = []
    for process in psutil.process_iter():
        try:
            carries = process.environ().get(name) == value
            command = process.cmdline()
        except (psutil.Error, OSError):
            continue  # it is gone, or another user's
        if carries and (within is None or any(part.startswith(f"{within}/") for part in command)):
            found.append(process.pid)
    return found
