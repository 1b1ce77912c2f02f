"""Where interpreters may be, and what each says of itself when started.

A file's name proves nothing: a shim answers for whichever version is chosen, a symlink may dangle, a
binary may need libraries that are gone. So every candidate is started once and asked.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from findpython.providers import ALL_PROVIDERS
from findpython.providers.base import BaseProvider
from findpython.providers.uv import UvProvider
from msgspec import Meta

from harness.infra.errors import ToolError
from harness.infra.process.endings import exit_name
from harness.infra.process.launcher import NATIVE, Launcher
from harness.infra.process.supervisor import clean_environment, run

VARIABLE = "SCRAPY_COMPAT_PYTHONS"
"""Environment variable: interpreters or folders of them, separated as PATH is; they are preferred."""

APPLE_PYTHONS = (
    Path("/Library/Developer/CommandLineTools/usr/bin/python3"),
    Path("/Applications/Xcode.app/Contents/Developer/usr/bin/python3"),
)
"""Those of Apple's developer tools, where they are installed."""
STORE = "WindowsApps"
"""Name of the folder in which Windows keeps files without content that stand for programs of its store."""
_PROBE_SECONDS = 10.0

# Runs with -I -S on anything from Python 3.6; imports only what is already loaded, since an import
# would cost more than the rest of the start.
_PROBE = """
import sys
try:
    from posix import uname
    machine = uname()[4]
except ImportError:
    machine = ""
print(repr({
    "implementation": sys.implementation.name,
    "version": tuple(sys.version_info),
    "build": sys.version,
    "cache_tag": sys.implementation.cache_tag,
    "platform": sys.platform,
    "machine": machine,
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "is_64bit": sys.maxsize > 2 ** 32,
    "freethreaded": "t" in getattr(sys, "abiflags", "") or "free-threading build" in sys.version,
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may be an interpreter."""

    path: str
    """With symbolic links resolved."""
    preferred: bool
    """Whether the user named it, or its folder, in so many words."""


class ProbeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an interpreter says of itself."""

    implementation: Annotated[str, Meta(min_length=1)]
    version: tuple[int, int, int, str, int]
    build: str
    cache_tag: str | None
    platform: str
    machine: str
    executable: str | None
    is_64bit: bool
    freethreaded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What a candidate said of itself, or why it said nothing."""

    candidate: Candidate
    told: ProbeAnswer | None
    problem: str | None
    """One line; None where `told` is not."""


def candidates(extra: Sequence[Path] = ()) -> list[Candidate]:
    """Every file that may be an interpreter, each once: `extra`, `SCRAPY_COMPAT_PYTHONS`, then what findpython knows.

    findpython looks at PATH, pyenv, asdf, rye, uv, the Windows registry (where the launcher `py` looks, too) and the
    macOS frameworks.
    """
    names: dict[object, list[str]] = {}
    preferred: dict[object, bool] = {}
    named = [*extra, *(Path(entry) for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry)]
    for by_name, paths in ((True, _named_files(named)), (False, _known_files())):
        for path in paths:
            real = os.path.realpath(path)
            # Also behind a link: python may be the link and python2.7 the file.
            if not Path(real).name.startswith("python2"):
                identity = _identity(real)
                names.setdefault(identity, []).append(real)
                preferred.setdefault(identity, by_name)
    # Of several names of one file always the same one, since the path is part of a fingerprint.
    return [
        Candidate(path=min(paths, key=lambda path: (len(path), path)), preferred=preferred[identity])
        for identity, paths in names.items()
    ]


def probe(
    found: Sequence[Candidate], *, launcher: Launcher = NATIVE, seconds: float = _PROBE_SECONDS
) -> list[ProbeReport]:
    """Start every candidate once, several at a time, and report what each said, in the same order.

    One that has not answered after `seconds` is given up.
    """
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(partial(_probe, launcher=launcher, seconds=seconds), found))


def _named_files(named: Iterable[Path]) -> Iterable[Path]:
    for path in named:
        if path.is_dir():
            for folder in (path, path / "bin", path / "Scripts"):
                yield from sorted(python.executable for python in BaseProvider.find_pythons_from_path(folder))
        elif sys.platform == "win32" or path.suffix.lower() != ".exe":
            # A program for Windows is no interpreter of this machine; see `under_wine`.
            yield path


def _known_files() -> Iterable[Path]:
    providers = [provider_class.create() for provider_class in ALL_PROVIDERS.values()]
    if sys.platform == "darwin" and "UV_PYTHON_INSTALL_DIR" not in os.environ:
        # findpython looks where programs of macOS keep their data; uv keeps it where it does on Linux.
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        providers.append(UvProvider(data / "uv" / "python"))
    for provider in providers:
        for python in provider.find_pythons() if provider is not None else ():
            if not _is_stand_in(python.executable):
                yield python.executable
    yield from (path for path in APPLE_PYTHONS if path.is_file())


def _is_stand_in(path: Path) -> bool:
    """Whether a file starts some interpreter that is found elsewhere, or none and a window that offers to install one.

    Shims of a manager of versions start whichever it has chosen. Apple's file in `/usr/bin` starts that of its
    developer tools. Without such tools it opens a window.
    """
    return path.parent.name == "shims" or (sys.platform == "darwin" and path.parent == Path("/usr/bin"))


def is_offer_of_store(path: str) -> bool:
    """Whether a file that did not start as an interpreter is only the offer of Windows to install one.

    The same file starts the interpreter where one was installed from the store, so it has to be tried. Started with
    arguments, as it is, it opens no window.
    """
    file = Path(path)
    try:
        return file.parent.name == STORE and file.lstat().st_size == 0
    except OSError:
        return False


def _identity(path: str) -> object:
    # python3.7 and python3.7m are two names of one file.
    try:
        status = Path(path).stat()
    except OSError:
        return path
    return (status.st_dev, status.st_ino) if status.st_ino else path


def _probe(candidate: Candidate, *, launcher: Launcher, seconds: float) -> ProbeReport:
    told, problem = None, None
    command = [*launcher.command, candidate.path, "-I", "-S", "-c", _PROBE]
    try:
        done = run(command, env=clean_environment(launcher.environment), deadline=seconds, sweep=False)
    except ToolError as error:
        problem = error.cause
    else:
        try:
            # A program that is no interpreter may print anything, and a literal of Python, too.
            told = msgspec.convert(ast.literal_eval(done.stdout.strip()), ProbeAnswer)
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            ended = f"ended with {exit_name(done.returncode)}" if done.returncode else "answers as no Python does"
            how = f"gave no answer in {seconds:.0f} s" if done.timed_out else ended
            problem = ": ".join([how, *said])[:300]
    return ProbeReport(candidate=candidate, told=told, problem=problem)
