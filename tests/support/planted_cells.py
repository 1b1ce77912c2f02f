"""Cells of which it is known why they fail, for tests of what finds causes: a table with planted causes."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

from harness.analysis.minimal_pairs import Point
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome

VALUES = {
    "platform": ("linux",),
    "python": ("3.8", "3.10", "3.12"),
    "scrapy": ("2.5.1", "2.10.1", "2.13.4", "2.14.2"),
    "profile": ("latest", "era"),
    "lane": ("epoll", "select", "asyncio-default", "asyncio-uvloop"),
    "scenario": ("callback_pending", "callback_fired"),
    "helper": ("direct", "as_future"),
}
EVERY = [CellCoordinates(*values) for values in product(*VALUES.values())]
PLANTED = {
    "helper": {"as_future"},
    "reactor": {"epoll", "select"},
    "loop": {"default"},
    "profile": {"era"},
    "scrapy": {"2.13.4", "2.14.2"},
    "python": {"3.8", "3.10"},
    "scenario": {"callback_fired"},
}
"""On each axis the values with which a cell passes."""


def seen(at: CellCoordinates, planted: Collection[str]) -> KnownCell:
    """A cell that passes where each planted axis has one of its good values."""
    point = Point.of(at)
    passes = all(getattr(point, axis) in PLANTED[axis] for axis in planted)
    outcome, mechanism = (Outcome.PASS, None) if passes else (Outcome.FAIL, "planted")
    return KnownCell(at, outcome, mechanism, None, None, None)
