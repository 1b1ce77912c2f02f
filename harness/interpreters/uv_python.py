"""Interpreters that uv can install: which there are, where they go, and to let it install them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.infra.packages.uv import Failure, explain, run_uv

_SECONDS = 60.0
_INSTALL_SECONDS = 1800.0
# Whether uv may take what it has installed is for its own commands; what is asked for here is just that.
_MANAGED = {"UV_PYTHON_DOWNLOADS": "manual", "UV_PYTHON_PREFERENCE": "managed"}
_QUICKLY = {"UV_HTTP_RETRIES": "0", "UV_HTTP_CONNECT_TIMEOUT": "3"}


def python_downloads(*, cwd: Path) -> dict[str, str]:
    """Return the URL of the newest build of every interpreter that uv can install here, by key: `3.14`, `pypy3.11`.

    Empty where uv cannot say. Raises `ToolError` when uv cannot be started.
    """
    arguments = ["python", "list", "--only-downloads", "--output-format", "json"]
    done = run_uv(arguments, cwd=cwd, deadline=_SECONDS, extra=_MANAGED)
    try:
        listed = json.loads(done.stdout)
        found: dict[str, str] = {}
        for entry in listed:
            if entry["url"]:
                found.setdefault(_key(entry), str(entry["url"]))
    except (ValueError, KeyError, TypeError):
        return {}
    return found


def python_folder(*, cwd: Path) -> Path:
    """Return the folder that uv installs interpreters into. Raises `ToolError` when uv cannot be started."""
    return Path(run_uv(["python", "dir"], cwd=cwd, deadline=_SECONDS).stdout.strip())


def install_pythons(keys: Sequence[str], *, cwd: Path, quickly: bool = False) -> Failure | None:
    """Let uv install interpreters; None, or why some of them could not be.

    `quickly`: give up at once where the network does not answer. Raises `ToolError` when uv cannot be started.
    """
    # Nothing is put on the user's PATH, or into the registry of Windows, that the user did not ask for.
    arguments = ["python", "install", "--no-bin", "--no-registry", *keys]
    done = run_uv(arguments, cwd=cwd, deadline=_INSTALL_SECONDS, extra=_MANAGED | (_QUICKLY if quickly else {}))
    return None if done.returncode == 0 and not done.timed_out else explain(done)


def _key(entry: dict[str, Any]) -> str:
    version, implementation = entry["version_parts"], entry["implementation"]
    name = "" if implementation == "cpython" else implementation
    freethreaded = "t" if entry.get("variant") == "freethreaded" else ""
    return f"{name}{version['major']}.{version['minor']}{freethreaded}"
