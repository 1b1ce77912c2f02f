"""An interpreter as it described itself, and what a search for some found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """An interpreter as it described itself when it was started."""

    key: str
    """The axis value: `3.12`, `3.14t` for a free-threaded build, `pypy3.11`."""
    path: str
    version: str
    """Of the language, e.g. `3.15.0rc1`."""
    implementation: str
    """`CPython`, `PyPy`, ..."""
    build: str
    """The whole of `sys.version`, on one line."""
    platform: str
    """System, machine and word size, e.g. `linux-x86_64-64`."""
    cache_tag: str
    """What its bytecode files are named with, e.g. `cpython-312`."""
    fingerprint: str
    """Changes when the interpreter is replaced or rebuilt: hex SHA-256 of build, path, size and mtime, and of what runs
    it."""
    emulator: str = ""
    """What it needs to run on this machine, e.g. `wine-8.0`; empty: nothing."""
    origin: str = ""
    """Where it is from and what was checked of it, if the harness fetched it."""

    @property
    def description(self) -> str:
        """E.g. `CPython 3.12.1 (main, ...) [GCC 12.2.0]`."""
        under = f" under {self.emulator}" if self.emulator else ""
        return f"{self.implementation} {self.build}{under}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreters:
    """What a search found."""

    found: Mapping[str, Interpreter]
    """The interpreter chosen for each wanted key that has one."""
    missing: Mapping[str, str]
    """For every other wanted key the reason and what to do, in one line."""
    others: tuple[Interpreter, ...]
    """Interpreters that work and were not chosen or not asked for."""
    broken: Mapping[str, str]
    """By path: files that look like interpreters and did not answer as one, with the reason."""

    @property
    def available(self) -> Mapping[str, Interpreter]:
        """The best interpreter for every key that has one, be it wanted or not."""
        available = dict(self.found)
        for each in self.others:
            available.setdefault(each.key, each)
        return available

    def of(self, keys: Iterable[str]) -> Interpreters:
        """Return the same with some of the available keys as those that were found."""
        available = self.available
        return replace(self, found={key: available[key] for key in keys if key in available})
