"""Every limit of time in the run of a cell, with its reason; the in-cell kit reads them from its request.

A cell counts as hung when nothing has happened for its `progress`. Three watch over that, the next one where the one
before cannot act: the kit's watchdog inside the process (`scenarios/kit/watchdog.py`), the parent that forks
(`scenarios/kit/forking.py`), and the harness (`harness/runner/cell_process.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

IN_COMPANY = 3.0
"""Seconds without progress after which a batch is given up; its suspects get the whole deadline, alone."""
PROGRAM = 10.0
"""Seconds without progress after which a program counts as hung, at least: it may start crawls and processes."""
FIRST_START = 180.0
"""Seconds that the first outcome may take: Python compiles some hundred modules when an environment is new."""
POLL = 0.05
"""Seconds between two looks at what a process has written."""

_WORKING = 6.0
"""Times its deadline that a process gets which works and gets nowhere: on a busy machine it may only be slow."""
_TICK = 0.25
"""Seconds between two looks of the watchdog."""
_ANSWER = 1.0
"""Seconds that a loop has to answer before it counts as blocked; more on a busy machine."""
_IDLE = 0.03
"""Share of its time that a process may work and still count as idle: the watchdog itself needs some."""
_STACKS = 2.0
"""Seconds beyond the deadline after which stacks are written in C, where the watchdog's thread cannot run any more."""
_SILENCE = 5.0
"""Seconds beyond the deadline after which a forked child is killed whose watchdog does not run any more: it has stopped
itself, or holds the interpreter's lock. Later than the stacks, which are then all that is known of it."""
_QUIET = 20.0
"""Seconds beyond the deadline after which a process is killed by the harness, which does not see how busy the machine
is, since its watchdog or its parent of children does not run any more."""
_STALL = 60.0
"""Seconds beyond what the watchdog allows without a new outcome, then the process is killed with its children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The limits of one batch, in seconds unless told otherwise; `deadlines` of a batch in the kit's request."""

    progress: float
    """Without progress so long, what is unfinished counts as hung."""
    working: float
    """Times a limit that a process gets which works all the time."""
    answer: float
    """What a loop has to answer the watchdog."""
    tick: float
    """Between two looks of the watchdog."""
    idle: float
    """Share of its time that a process may work and still count as idle."""
    stacks: float
    """After which stacks are written although the watchdog did not act."""
    silence: float
    """After which a child is killed whose watchdog does not run any more."""

    @classmethod
    def of(cls, progress: float) -> Deadlines:
        """Return the limits that follow from the time that a cell may get nowhere."""
        return cls(
            progress=progress,
            working=_WORKING,
            answer=_ANSWER,
            tick=_TICK,
            idle=_IDLE,
            stacks=progress + _STACKS,
            silence=progress + _SILENCE,
        )

    def as_request(self) -> dict[str, float]:
        """Return them as the kit reads them."""
        return asdict(self)


def of_batch(progress: float, *, program: bool) -> Deadlines:
    """Return the limits of a batch; programs get more."""
    return Deadlines.of(max(progress, PROGRAM) if program else progress)


def without_beat(batches: Iterable[Deadlines]) -> float:
    """Return how long a process with these batches may show no sign of life before it is killed."""
    return _QUIET + max((limits.progress for limits in batches), default=0.0)


def without_outcome(batches: Iterable[Deadlines]) -> float:
    """Return how long a process with these batches may go on without a new outcome before it is killed."""
    return _STALL + max((limits.working * limits.progress for limits in batches), default=0.0)
