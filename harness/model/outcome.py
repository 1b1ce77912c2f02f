"""What can become of a cell, and how its crawl can end."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn


class Status(str, Enum):
    """A status that refuses to be used as a truth value: absence is not success."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__}.{self.name} is not a truth value; compare it")

    def __str__(self) -> str:
        return str(self.value)


class Outcome(Status):
    """What happened to a cell, or why nothing could, or why what happened cannot be believed."""

    PASS = "pass"  # noqa: S105 (no password)
    """The awaited value was right, and its effect was seen where it should be."""
    FAIL = "fail"
    """The await, or what had to follow it, went wrong; the mechanism says how."""
    HANG = "hang"
    """It made no progress until its deadline; stacks and what it waited for are kept as proof."""
    CRASH = "crash"
    """Its process died: killed by a signal, or ended with a code that is no success."""
    UNSUPPORTED = "unsupported"
    """That release, or that platform, does not have what is asked: a helper, a lane, a hook."""
    BROKEN = "broken"
    """The packages install, but Scrapy does not import or no crawl starts."""
    UNINSTALLABLE = "uninstallable"
    """There is no set of packages that can be installed: for the environment, or for what the cell needs beside it."""
    MISSING_INTERPRETER = "missing-interpreter"
    """The Python that the plan asks for is not on this machine."""
    EXCLUDED = "excluded"
    """The matrix leaves it out, and says why."""
    NOT_RUN = "not-run"
    """It could be run and was not: the run was interrupted or out of time, or the package index was not reached."""
    MISCONFIGURED = "misconfigured"
    """The process ran on another reactor or loop than its lane asks for: the result says nothing of that lane."""
    FLAKY = "flaky"
    """Run again alone, it did not always give the same; every attempt is kept."""
    MISSING = "missing"
    """A part of the run that should have delivered it did not."""
    CONFLICT = "conflict"
    """Two parts of a run contradict each other about it."""


MEASURED = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.HANG, Outcome.CRASH})
"""Outcomes of a cell whose await was really tried."""


INCOMPLETE = frozenset({Outcome.MISSING_INTERPRETER, Outcome.NOT_RUN, Outcome.MISSING, Outcome.CONFLICT})
"""Outcomes that mean the plan asked for something this run does not know."""


class Close(Status):
    """How the crawl that held the cell ended, beside the await."""

    CLEAN = "clean"
    """Nothing was left behind."""
    UNCLEAN = "unclean"
    """An error that nobody handled, a pending task or a lost item was left behind."""
    HUNG = "hung"
    """The crawl did not end."""
