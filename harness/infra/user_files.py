"""Where users keep what uv, pip and netrc readers are configured with, by precedence; whether it is there or not."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from platformdirs import site_config_dir, user_config_path


def uv_files(environ: Mapping[str, str]) -> list[Path]:
    """The files that uv reads outside of projects, the first it finds."""
    explicit = environ.get("UV_CONFIG_FILE")
    if explicit:
        return [Path(explicit)]
    if sys.platform == "win32":
        shared = Path(environ.get("PROGRAMDATA", "C:/ProgramData"))
        return [user_config_path("uv", appauthor=False, roaming=True) / "uv.toml", shared / "uv" / "uv.toml"]
    else:  # noqa: RET505 (mypy knows what is of another platform by that)
        # uv follows XDG on macOS too.
        home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return [home / "uv" / "uv.toml", Path("/etc/uv/uv.toml")]


def pip_files(environ: Mapping[str, str]) -> list[Path]:
    """The files that pip reads, that which counts most first: pip lets the last one it reads win.

    As pip does: `PIP_CONFIG_FILE` takes the place of the user's files, and with the null device pip reads none at all.
    """
    explicit = environ.get("PIP_CONFIG_FILE")
    if explicit == os.devnull:
        return []
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    user = [
        user_config_path("pip", appauthor=False, roaming=True),
        *([Path.home() / ".config" / "pip"] if sys.platform == "darwin" else []),
        Path.home() / ("pip" if sys.platform == "win32" else ".pip"),
    ]
    shared = [] if sys.platform == "win32" else [Path("/etc")]
    sites = site_config_dir("pip", appauthor=False, multipath=sys.platform != "win32").split(os.pathsep)
    shared += [Path(folder) for folder in reversed(sites)]
    read_user = not (explicit and Path(explicit).exists())
    folders = [Path(sys.prefix), *(user if read_user else []), *shared]
    return [*([Path(explicit)] if explicit else []), *(folder / name for folder in folders)]


def netrc_files(environ: Mapping[str, str]) -> list[Path]:
    """The files in which uv, pip and requests look for passwords of hosts."""
    explicit = environ.get("NETRC")
    return [Path(explicit)] if explicit else [Path.home() / ".netrc", Path.home() / "_netrc"]
