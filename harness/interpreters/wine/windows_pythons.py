"""Windows builds of Python on a Linux machine: those fetched from the package index, and those named by path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.infra.packages.index import configured_index
from harness.infra.process.launcher import Launcher
from harness.interpreters.candidates import VARIABLE, Candidate, probe
from harness.interpreters.interpreter import Interpreter, Interpreters
from harness.interpreters.search import interpreter_of, ranked
from harness.interpreters.wine.windows_builds import install_builds, installed_builds, origin_of

INSTALL = "scrapy-compat pythons install --platform wine"
_PROBE_SECONDS = 60.0
"""The first program after an update of Wine waits for it."""


def find_windows_pythons(wanted: Sequence[str] | None, cache: Path, launcher: Launcher, wine: str) -> Interpreters:
    """An interpreter for each key in `wanted` (None: for whichever there are).

    One named in `SCRAPY_COMPAT_PYTHONS` is chosen before one below `cache`.

    Each is started once, by `launcher`, and believed only for what it says. `wine` is the version of what runs it.
    """
    found = [Candidate(path=str(path), preferred=True) for path in _named()]
    found += [Candidate(path=str(path), preferred=False) for path in installed_builds(cache)]
    working: list[tuple[tuple[object, ...], Interpreter]] = []
    broken: dict[str, str] = {}
    for order, report in enumerate(probe(found, launcher=launcher, seconds=_PROBE_SECONDS)):
        path = report.candidate.path
        if report.told is None:
            broken[path] = str(report.problem)
        elif report.told.platform != "win32" or report.told.implementation != "cpython":
            broken[path] = f"is a {report.told.implementation} for {report.told.platform}"
        else:
            interpreter = interpreter_of(report, path=path, emulator=wine)
            working.append((ranked(report, order), replace(interpreter, origin=origin_of(Path(path)))))
    working.sort(key=lambda pair: pair[0])
    chosen: dict[str, Interpreter] = {}
    for _, interpreter in working:
        chosen.setdefault(interpreter.key, interpreter)
    wanted = list(chosen) if wanted is None else wanted
    return Interpreters(
        found={key: chosen[key] for key in wanted if key in chosen},
        missing={key: _why_missing(key) for key in wanted if key not in chosen},
        others=tuple(each for _, each in working if each.key not in wanted or chosen[each.key] is not each),
        broken=broken,
    )


def install_windows_pythons(interpreters: Interpreters, cache: Path, launcher: Launcher, wine: str) -> Interpreters:
    """Fetch what is missing and search again; where that was not possible the reason says why.

    Raises `IndexUnavailableError` where the index cannot be asked at all.
    """
    if not interpreters.missing:
        return interpreters
    refused = install_builds(interpreters.missing, cache, configured_index())
    again = find_windows_pythons([*interpreters.found, *interpreters.missing], cache, launcher, wine)
    missing = {
        key: f"{reason}; it could not be fetched: {refused[key]}" if key in refused else reason
        for key, reason in again.missing.items()
    }
    return replace(again, missing=missing)


def _named() -> list[Path]:
    """The programs for Windows that the user named."""
    entries = [Path(entry) for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry]
    return [entry.absolute() for entry in entries if entry.suffix.lower() == ".exe"]


def _why_missing(key: str) -> str:
    return f"no Windows build of it is here. Run `{INSTALL} --python {key}`, or put a python.exe in {VARIABLE}"
