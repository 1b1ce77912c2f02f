"""Find the interpreters that a matrix asks for, or say why one is missing and what to do."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.interpreters.candidates import VARIABLE, ProbeAnswer, ProbeReport, candidates, is_offer_of_store, probe
from harness.interpreters.interpreter import Interpreter, Interpreters

_LEVELS = {"alpha": "a", "beta": "b", "candidate": "rc"}


_NAMES = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}


def find_interpreters(wanted: Sequence[str] | None, *, extra: Sequence[Path] = ()) -> Interpreters:
    """Look for an interpreter for each key in `wanted` (None: for whichever there are); what is missing is said, never
    raised.

    Of several for one key the choice is: one named in `extra` or `SCRAPY_COMPAT_PYTHONS`, a final
    version before a pre-release, 64 before 32 bit, the highest version, the first found.
    """
    working: dict[str, tuple[tuple[object, ...], Interpreter]] = {}
    broken: dict[str, str] = {}
    for order, report in enumerate(probe(candidates(extra))):
        if report.told is None:
            if not is_offer_of_store(report.candidate.path):
                broken[report.candidate.path] = str(report.problem)
            continue
        path = report.told.executable or report.candidate.path
        if not Path(path).is_file():
            broken[report.candidate.path] = f"says that it is {path}, where no file is"
            continue
        interpreter = interpreter_of(report, path=path)
        working.setdefault(interpreter.path, (ranked(report, order), interpreter))
    best_first = [interpreter for _, interpreter in sorted(working.values(), key=lambda pair: pair[0])]
    if wanted is None:
        wanted = list(dict.fromkeys(interpreter.key for interpreter in best_first))
    found: dict[str, Interpreter] = {}
    for interpreter in best_first:
        if interpreter.key in wanted:
            found.setdefault(interpreter.key, interpreter)
    return Interpreters(
        found={key: found[key] for key in wanted if key in found},
        missing={key: _why_missing(key, broken) for key in wanted if key not in found},
        others=tuple(interpreter for interpreter in best_first if interpreter not in found.values()),
        broken=broken,
    )


def interpreter_of(report: ProbeReport, *, path: str, emulator: str = "") -> Interpreter:
    """The interpreter that a candidate at `path` told of itself, run by `emulator` if by anything."""
    assert report.told is not None
    told = report.told
    major, minor, micro, level, serial = told.version
    plain = f"{major}.{minor}"
    implementation = told.implementation
    version = f"{plain}.{micro}" + (f"{_LEVELS[level]}{serial}" if level in _LEVELS else "")
    path = os.path.realpath(path)
    build = " ".join(told.build.split())
    return Interpreter(
        key=("" if implementation == "cpython" else implementation) + plain + ("t" if told.freethreaded else ""),
        path=path,
        version=version,
        implementation=_NAMES.get(implementation, implementation),
        build=build,
        platform=f"{told.platform}-{_machine(told)}-{64 if told.is_64bit else 32}",
        cache_tag=told.cache_tag or "",
        fingerprint=_fingerprint(build, path, emulator),
        emulator=emulator,
    )


def _machine(told: ProbeAnswer) -> str:
    """What the interpreter was built for; Windows ones say it beside the compiler: `[MSC v.1938 64 bit (AMD64)]`."""
    built = re.search(r"\((AMD64|ARM64|ARM|Intel)\)\]", told.build)
    return str(told.machine or (built[1] if built else ""))


def _fingerprint(build: str, path: str, emulator: str) -> str:
    status = Path(path).stat()
    text = "\n".join((build, path, str(status.st_size), str(status.st_mtime_ns), *filter(None, [emulator])))
    return hashlib.sha256(text.encode()).hexdigest()


def ranked(report: ProbeReport, order: int) -> tuple[object, ...]:
    """What sorts first of several for one key: see `find_interpreters`."""
    assert report.told is not None
    major, minor, micro, level, serial = report.told.version
    return (
        not report.candidate.preferred,
        level != "final",
        not report.told.is_64bit,
        (-major, -minor, -micro, -serial),
        order,
    )


def _why_missing(key: str, broken: Mapping[str, str]) -> str:
    # Not every broken file belongs to this key; one that has the version in its path does.
    version = key.lstrip("abcdefghijklmnopqrstuvwxyz").rstrip("t")
    named = re.compile(rf"(?<![\d.]){re.escape(version)}(?!\d)")
    tried = [f"{path} was tried: {problem}" for path, problem in broken.items() if named.search(path)]
    reason = "; ".join(["not found on this machine", *tried[:2]])
    return f"{reason}. Run `uv python install {key}`, or put its path in {VARIABLE}"
