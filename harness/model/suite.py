"""What one run of a target's test suite has shown: a row for each test, and what was seen beside them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTest:
    """One test of a suite, as pytest reported it."""

    id: str
    """Its node id."""
    outcome: str
    """`passed`, `failed`, `error`, `skipped`, `xfailed`, `xpassed`; `flaky` in a control of which two runs differ."""
    seconds: float
    message: str
    """One line: the exception, or the reason of a skip."""
    place: str
    """`file:line` where it went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteReport:
    """One run of a suite."""

    tests: tuple[SuiteTest, ...]
    """Sorted by id."""
    counts: dict[str, int]
    """How often pytest reported each outcome; a test whose teardown fails is in two of them."""
    seconds: float
    longest: float
    """Seconds of the longest test."""
    reactor_choices: tuple[str, ...]
    """What the option `--reactor` of the suite accepts; `*`: anything. Empty: there is no such option."""
    notes: tuple[str, ...]
    deprecated: tuple[tuple[str, str], ...]
    """`file:line` and text of deprecation warnings."""
    network: tuple[str, ...]
    """Hosts beyond this machine that were asked for, and refused."""
