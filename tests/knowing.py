"""Cells as judges see them, for tests of judges: a small universe, and outcomes drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import strategies as st

from harness.judge.cells import Coordinates, Known
from harness.results import Outcome

AXES = (
    ("linux",),
    ("3.8", "3.12", "3.14"),
    ("2.5.1", "2.13.4", "2.19.0"),
    ("latest", "era"),
    ("epoll", "asyncio-default", "none-default"),
    ("callback_fired", "callback_pending"),
    ("direct", "as_future"),
)
EVERY = [Coordinates(*values) for values in product(*AXES)]

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


def known(at: Coordinates, outcome: Outcome, mechanism: str | None = None, loop: str | None = None) -> Known:
    return Known(at, outcome, mechanism, None, None, loop)


def cells_of(seen: Mapping[Coordinates, tuple[Outcome, str | None, str | None]]) -> list[Known]:
    return [known(at, *each) for at, each in seen.items()]


runs = st.dictionaries(st.sampled_from(EVERY), st.sampled_from(SEEN)).map(cells_of)
"""Some cells of the universe with whatever outcome."""
