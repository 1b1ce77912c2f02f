"""Where Wine's programs are, and which Wine it is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from harness.infra.errors import ConfigurationError, ToolError
from harness.infra.process.supervisor import clean_environment, run

PLACES = ("/usr/lib/wine", "/opt/wine-stable/bin")
"""Folders that are looked into beside PATH: Debian has `wine64` in the first one only."""
_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wine:
    """The programs of one Wine."""

    loader: str
    """What starts a program for Windows."""
    server: str
    version: str
    """As it says itself, e.g. `wine-8.0 (Debian 8.0~repack-4)`."""


class WineMissingError(ConfigurationError):
    """There is no Wine on this machine."""


def find_wine() -> Wine:
    """The Wine on PATH, else in one of `PLACES`.

    Raises `WineMissingError`, which says what to install, and `ToolError` where it does not say which one it is.
    """
    loader, server = (_program(*names) for names in (("wine64", "wine"), ("wineserver", "wineserver64")))
    if loader is None or server is None:
        raise WineMissingError(
            value="--platform wine",
            cause="there is no Wine on this machine",
            action="install it: apt-get install --no-install-recommends wine wine64",
        )
    done = run([loader, "--version"], env=clean_environment({"WINEDEBUG": "-all"}), deadline=_SECONDS, sweep=False)
    version = done.stdout.strip()
    if done.returncode or not version.startswith("wine-"):
        raise ToolError(
            value=loader,
            cause=f"does not say which Wine it is: {done.stderr.strip() or version}"[:300],
            action="install it again: apt-get install --reinstall --no-install-recommends wine wine64",
        )
    return Wine(loader=loader, server=server, version=version)


def _program(*names: str) -> str | None:
    for name in names:
        for place in (None, *PLACES):
            if found := shutil.which(name, path=place):
                return found
    return None
