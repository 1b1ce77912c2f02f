"""The words for what was measured: outcomes, facts, cells and environments.

These records are written once and never changed. What they mean is judged elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, NoReturn


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


class CellKey(NamedTuple):
    """The four coordinates of a cell."""

    environment: str
    lane: str
    scenario: str
    helper: str

    @property
    def id(self) -> str:
        """`<environment>/<lane>/<scenario>/<helper>`."""
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> CellKey:
        """The key of an id; `ValueError` unless it has exactly four non-empty parts."""
        parts = text.split("/")
        if len(parts) != len(cls._fields) or not all(parts):
            raise ValueError(f"{text!r} is not <environment>/<lane>/<scenario>/<helper>")
        return cls(*parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Dotted class names the cell's process reported of itself; None where there is no such object."""

    reactor: str | None
    loop: str | None
    policy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What lies behind a cell that did not simply pass; every text is capped by whoever captured it."""

    exception: str = ""
    """The traceback as text."""
    stacks: str = ""
    """Of a hang: stacks of all threads, pending tasks, delayed calls, readers, the Deferred awaited."""
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One cell as attested by the process that ran it."""

    key: CellKey
    outcome: Outcome
    mechanism: str | None
    detail: str | None
    """One line for people: the exception's message, the value that was wrong."""
    close: Close | None
    facts: Facts | None
    seconds: float | None
    """Wall-clock seconds from entering the scenario's callback to its end."""
    isolated: bool
    """Whether the process ran this cell alone."""
    fingerprint: str
    """Identifies everything that the result depends on; an equal one means: no need to run again."""
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayResult:
    """Packages added for some cells of an environment, or why they cannot be had."""

    name: str
    status: Outcome | None
    """None: usable. Otherwise `UNINSTALLABLE` or `NOT_RUN` (the index could not be reached)."""
    reason: str | None
    lock: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentResult:
    """One environment as it was found, made or refused."""

    id: str
    platform: str
    python: str
    """The axis value, e.g. `3.12` or `pypy3.11`."""
    scrapy: str
    """The exact release, or the name given to a direct reference."""
    profile: str
    status: Outcome | None
    """None: cells can be run in it. Otherwise why they cannot (`BROKEN`, `UNINSTALLABLE`, ...)."""
    reason: str | None
    """One line."""
    detail: str | None = None
    """The whole text behind the reason: the resolver's own output, a traceback."""
    fingerprint: str = ""
    interpreter: str = ""
    """What the interpreter reported of itself, e.g. `CPython 3.12.1 (main, ...) [GCC 12.2.0]`."""
    versions: dict[str, str] = field(default_factory=dict)
    """Installed versions by normalised package name, and `python_build`."""
    lock: str = ""
    """The lock file with hashes, whole."""
    overlays: tuple[OverlayResult, ...] = ()
