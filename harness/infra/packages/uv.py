"""uv, the program that resolves, creates and fills environments: call it, and tell its failures apart."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from uv import find_uv_bin

from harness.infra.errors import ToolError
from harness.infra.packages.index_settings import index_settings
from harness.infra.process.endings import exit_name
from harness.infra.process.supervisor import Completed, clean_environment, run
from harness.infra.redaction import redact

_CAP = 16 * 1024 * 1024
_REASON_LENGTH = 300

# What a user has set for other work must not change what "pip gives today" is here; what says where
# packages come from (indexes, credentials, certificates, cache) must stay.
_CHANGES_RESOLUTION = re.compile(
    r"UV_(?:BUILD_CONSTRAINT|COMPILE_BYTECODE|CONSTRAINT|EXCLUDE|EXCLUDE_NEWER|FORK_STRATEGY|FROZEN|ISOLATED|LOCKED"
    r"|MANAGED_PYTHON|NO_BINARY|NO_BINARY_PACKAGE|NO_BUILD|NO_BUILD_ISOLATION|NO_BUILD_PACKAGE|NO_MANAGED_PYTHON"
    r"|NO_SOURCES|NO_SOURCES_PACKAGE|NO_VERIFY_HASHES|OVERRIDE|PRERELEASE|PREVIEW|PREVIEW_FEATURES|PROJECT"
    r"|PROJECT_ENVIRONMENT|PYTHON|PYTHON_PREFERENCE|REQUIRE_HASHES|RESOLUTION|SYSTEM_PYTHON|TORCH_BACKEND"
    r"|VENV_RELOCATABLE|VENV_SEED|WORKING_DIR|WORKING_DIRECTORY)"
)

_UNREACHABLE = re.compile(
    r"Failed to fetch|Request failed after|error sending request|dns error|tcp connect error|client error"
    r"|network was disabled|network connectivity is disabled|timed? ?out|HTTP status (server|client) error"
    r"|`Content-Type`|unexpected JSON|redirect"
    r"|lack of valid authentication|403 Forbidden|Git operation failed|Failed to download(?! and build)",
    re.IGNORECASE,
)
_STORAGE = re.compile(r"No space left on device|Disk quota exceeded|os error (28|112|122)\b|Read-only file system")
_DATA = re.compile(
    r"No solution found|Failed to build|Failed to download and build|build backend returned|Hash mismatch"
    r"|Distribution not found|not compatible|Failed to (read|parse|prepare)|Building source distributions is disabled"
    r"|does not appear to be a Python project|has a non-PEP 625|unsatisfiable|Failed to generate package metadata"
    r"|Requirements file|No matching|Couldn't parse|Invalid|Expected"
)
_NAMED = re.compile(r"(?:\b[Bb]ecause|\bof) ([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?=[\[<>=!~ ])")


class FailureKind(Enum):
    """Whose fault it is that uv failed."""

    IMPOSSIBLE = "impossible"
    """The request's own: no such set of packages, or one that does not build. Asking again gives the same."""
    UNREACHABLE = "unreachable"
    """The index, a repository or the way there."""
    STORAGE = "storage"
    """This machine has no room, or the folder cannot be written."""
    UNKNOWN = "unknown"
    """Anything else; never taken for a fact about the packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why uv failed, without any credentials."""

    kind: FailureKind
    reason: str
    """One line, at most 300 characters."""
    text: str
    """All that uv said."""

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects that uv names where it found no solution, and perhaps some words that are none."""
        unsolved = self.kind is FailureKind.IMPOSSIBLE and "No solution found" in self.text
        return tuple(dict.fromkeys(_NAMED.findall(self.text))) if unsolved else ()


_finding = threading.Lock()


def find_uv() -> str:
    """Path of the uv program: the one installed with this package, else one on PATH.

    Raises `ToolError` when there is none.
    """
    # One thread at a time: sysconfig, which is asked here, hands out half its variables while another
    # thread still collects them.
    with _finding:
        return _find_uv()


@cache
def _find_uv() -> str:
    try:
        return find_uv_bin()
    except FileNotFoundError:
        found = shutil.which("uv")
    if found is None:
        raise ToolError(value="uv", cause="is not installed", action="install it: pip install uv")
    return found


def run_uv(
    arguments: Sequence[str], *, cwd: Path, deadline: float, stdin: str = "", extra: Mapping[str, str] | None = None
) -> Completed:
    """Run uv with `arguments` in `cwd` for at most `deadline` seconds; a failing exit code is no error.

    It sees the user's settings of indexes, credentials, proxies and cache, also those that are set for pip only, and
    none of those that change what a requirement resolves to. Raises `ToolError` when uv cannot be started.
    """
    env = clean_environment(network=True)
    env = {name: value for name, value in env.items() if not _CHANGES_RESOLUTION.fullmatch(name)}
    env |= {"NO_COLOR": "1", "UV_NO_PROGRESS": "1", "UV_NO_WRAP": "1", "UV_PYTHON_DOWNLOADS": "never"}
    settings = index_settings()
    env |= settings.variables
    command = [find_uv(), *arguments, *(settings.arguments if arguments[0] == "pip" else ())]
    return run(
        command, cwd=cwd, env=env | dict(extra or {}), deadline=deadline, stdin=stdin.encode(), cap=_CAP, sweep=False
    )


def explain(completed: Completed) -> Failure:
    """Why the failed run of uv `completed` failed, in uv's own words."""
    text = redact(completed.stderr.strip() or completed.stdout.strip())
    if completed.timed_out:
        reason = f"uv did not finish within {completed.seconds:.0f} s"
        return Failure(kind=FailureKind.UNREACHABLE, reason=reason, text=f"{text}\n{reason}".strip())
    # Only uv's own lines: what a build backend printed is indented below them and proves nothing.
    own = "\n".join(line for line in text.splitlines() if re.match(r"(error|hint|\s{2}cause|warning): ", line))
    if _STORAGE.search(own):
        kind = FailureKind.STORAGE
    elif _UNREACHABLE.search(own) and "Hash mismatch" not in own:
        kind = FailureKind.UNREACHABLE
    elif _DATA.search(own):
        kind = FailureKind.IMPOSSIBLE
    else:
        kind = FailureKind.UNKNOWN
    return Failure(kind=kind, reason=_one_line(text) or f"uv ended with {exit_name(completed.returncode)}", text=text)


def _one_line(text: str) -> str:
    """The error's first line and its most telling cause."""
    lines = text.splitlines()
    errors = [line.removeprefix("error: ").strip() for line in lines if line.startswith("error: ")]
    causes = [line.split("cause: ", 1)[1].strip() for line in lines if re.match(r"\s{2}cause: ", line)]
    if errors and errors[0].startswith("No solution found") and causes:
        last = [line.strip() for line in lines if line.strip().startswith("And because ")]
        # A list of many releases says nothing in one line; what it led to does.
        reason = _because(last[-1] if causes[0].endswith(":") and last else causes[0])
    else:
        said = _last_line_of_backend(lines)
        parts = [*errors[:1], said] if said else [*errors[:1], *causes[:1], *causes[1:][-1:]]
        reason = ": ".join(part.rstrip(":.") for part in parts if part)
    if len(reason) > _REASON_LENGTH:
        reason = reason[: _REASON_LENGTH - 3].rstrip() + "..."
    return reason


def _because(cause: str) -> str:
    """`Because A and B, we can conclude that C.` as `A and B, so C`, less what says nothing more."""
    told = cause.removeprefix("Because ").removeprefix("And because ").rstrip(".")
    told = told.removesuffix(", we can conclude that your requirements are unsatisfiable")
    told = told.replace(", we can conclude that ", ", so ")
    required = re.search(r" and you require (\S+)$", told)
    return told[: required.start()] if required and required[1] in told[: required.start()] else told


def _last_line_of_backend(lines: Sequence[str]) -> str:
    """The last line that a build backend wrote to stderr: the exception, as a rule."""
    starts = [number for number, line in enumerate(lines) if line.strip() in ("[stderr]", "--- stderr")]
    if not starts:
        return ""
    block = []
    for line in lines[starts[-1] + 1 :]:
        if line and not line.startswith("    "):
            break
        block.append(line.strip())
    return next((line for line in reversed(block) if line), "")
