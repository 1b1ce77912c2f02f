"""What was measured: facts, cells and environments."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.model.ids import CellKey
from harness.model.outcome import Close, Outcome
from harness.model.suite import SuiteReport


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
    suite: SuiteReport | None = None
    """Of a cell that ran a target's test suite: its tests."""

    @property
    def texts(self) -> dict[str, str]:
        """What is text in it, by name."""
        return {"exception": self.exception, "stacks": self.stacks, "stdout": self.stdout, "stderr": self.stderr}


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
    """Whether the cell ran alone: it was the only one of its process, forked or started from scratch."""
    fingerprint: str
    """Identifies everything that the result depends on; an equal one means: no need to run again."""
    evidence: Evidence | None = None
    origin: str | None = None
    """Id of the run that attested it; None: the one that is going on."""


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
