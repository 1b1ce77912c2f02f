"""What is to be resolved, and the options of uv that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from harness.interpreters.interpreter import Interpreter

WHEELS_ONLY = ("lxml", "cryptography", "cffi", "uvloop", "rloop", "winloop")
"""Packages never built from source: they need compilers and libraries, and hours where those are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What packages are for, where the interpreter that gets them is none that uv can ask."""

    platform: str
    """As uv's `--python-platform` has it."""
    builder: str
    """Path of a Python of this machine, which builds what there is only as source."""
    wheels_only: tuple[str, ...] = ()
    """Packages that cannot be built here for there, beside those that never are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """What is to be resolved."""

    requirement: str
    """`scrapy==2.13.4`, or a direct reference: `scrapy @ file:///...`, a path, a git URL."""
    interpreter: Interpreter
    target: Target | None = None
    """None: the interpreter is one of this machine."""
    exclude_newer: str | None = None
    """ISO day; what was published up to its end, in UTC, exists."""
    exempt: Mapping[str, str] = field(default_factory=dict)
    """The same for single packages."""
    constraints: tuple[str, ...] = ()
    """Requirements that hold versions without asking for the packages."""
    additions: tuple[str, ...] = ()
    """Packages that are asked for beside `requirement`."""
    repacked: tuple[str, ...] = ()
    """`name==version` of packages whose source archive uv takes only under another name."""
    links: Path | None = None
    """Folder of repacked archives; needed where there are any."""
    resolution: Literal["highest", "lowest-direct"] = "highest"
    """Which versions are preferred, in uv's words."""
    prereleases: bool = False
    """Whether pre-releases of everything will do."""


def python_arguments(request: LockRequest) -> list[str]:
    """uv's options that tell for which Python `request` is."""
    if request.target is None:
        return ["--python", request.interpreter.path]
    target = ["--python-platform", request.target.platform, "--python-version", request.interpreter.version]
    return ["--python", request.target.builder, *target]


def resolution_arguments(request: LockRequest) -> list[str]:
    """uv's options for `request` that hold for resolving and, since it resolves what builds need, for installing."""
    arguments = ["--no-sources"]
    if request.resolution != "highest":
        arguments += ["--resolution", request.resolution]
    if request.prereleases:
        arguments += ["--prerelease", "allow"]
    for name in (*WHEELS_ONLY, *(request.target.wheels_only if request.target is not None else ())):
        arguments += ["--only-binary", name]
    if request.exclude_newer is not None:
        arguments += ["--exclude-newer", end_of_day(request.exclude_newer)]
    for name, day in request.exempt.items():
        arguments += ["--exclude-newer-package", f"{name}={end_of_day(day)}"]
    if request.links is not None:
        arguments += ["--find-links", str(request.links)]
    return arguments


def local_path(requirement: str) -> Path | None:
    """The checkout or archive on this machine that `requirement` points at, or None."""
    target = re.sub(r"^[\w.-]+(\[[^]]*\])?\s*@\s*", "", requirement.strip()).split(" ; ")[0]
    if target.startswith("file:"):
        return Path(url2pathname(unquote(urlsplit(target).path)))
    if re.match(r"[/.\\]|[A-Za-z]:[\\/]", target):
        return Path(target)
    return None


def end_of_day(day: str) -> str:
    # A bare date would mean that day's end in this machine's own time zone.
    return f"{(date.fromisoformat(day) + timedelta(days=1)).isoformat()}T00:00:00Z"
