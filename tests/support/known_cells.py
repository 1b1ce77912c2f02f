"""Cells as judges see them, for tests of judges: a small universe, and outcomes drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import strategies as st

from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome

AXES = (
    ("linux",),
    ("3.8", "3.12", "3.14"),
    ("2.5.1", "2.13.4", "2.19.0"),
    ("latest", "era"),
    ("epoll", "asyncio-default", "none-default"),
    ("callback_fired", "callback_pending"),
    ("direct", "as_future"),
)
EVERY = [CellCoordinates(*values) for values in product(*AXES)]

_LOOP = "asyncio.unix_events._UnixSelectorEventLoop"
SEEN = (
    (Outcome.PASS, None, None),
    (Outcome.PASS, None, _LOOP),
    (Outcome.FAIL, "task-got-bad-yield", None),
    (Outcome.FAIL, "wrong-value", None),
    (Outcome.HANG, "never-resumed", _LOOP),
    (Outcome.UNSUPPORTED, None, None),
    (Outcome.BROKEN, "no-module-cgi", None),
)
"""Outcome, mechanism, loop."""


def known(at: CellCoordinates, outcome: Outcome, mechanism: str | None = None, loop: str | None = None) -> KnownCell:
    return KnownCell(at, outcome, mechanism, None, None, loop)


def cells_of(seen: Mapping[CellCoordinates, tuple[Outcome, str | None, str | None]]) -> list[KnownCell]:
    return [known(at, *each) for at, each in seen.items()]


runs = st.dictionaries(st.sampled_from(EVERY), st.sampled_from(SEEN)).map(cells_of)
"""Some cells of the universe with whatever outcome."""
