"""Create virtual environments and fill folders with locked packages, through uv."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from harness.environments.lock_request import LockRequest, local_path, resolution_arguments
from harness.environments.lockfiles import entries, normalise
from harness.infra.packages.uv import Failure, explain, run_uv
from harness.interpreters.interpreter import Interpreter

_DEADLINE = 1800.0
SITES = ("Lib/site-packages", "lib/*/site-packages", "site-packages")
"""Where packages are installed, in a virtual environment of one platform or another."""


def python_of(venv: Path) -> Path:
    """Path of the interpreter in a virtual environment."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def home_of(venv: Path) -> Path:
    """The folder of the interpreter that a virtual environment was made from; raises `OSError` without a sound one."""
    for line in (venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "home":
            return Path(value.strip())
    raise FileNotFoundError(f"{venv} does not say what it was made from")


def site_packages(venv: Path) -> Path:
    """The folder that packages are installed into; raises `FileNotFoundError` where there is none."""
    for pattern in SITES:
        for folder in venv.glob(pattern):
            return folder
    raise FileNotFoundError(f"no site-packages in {venv}")


def create_venv(venv: Path, interpreter: Interpreter) -> Failure | None:
    """Create an empty virtual environment at `venv`; None, or why that failed."""
    return _run(["venv", "--quiet", "--no-project", "--python", interpreter.path, str(venv)], cwd=venv.parent)


def install(lock: str, request: LockRequest, where: list[str], *, cwd: Path) -> Failure | None:
    """Install exactly what `lock` names into what `where` (uv options) tells; None, or why that failed.

    Every package is checked against its hashes; only a direct reference may have none, since a checkout
    or a repository has none to give.
    """
    packages = entries(lock)
    if not packages:
        return None
    # Copies: a cell that changes a file of its environment then changes neither other environments nor uv's cache.
    arguments = ["pip", "install", "--quiet", *where, "--no-deps", "--link-mode", "copy", "-r", "-"]
    arguments += ["--require-hashes" if all(package.hashed for package in packages) else "--verify-hashes"]
    arguments += resolution_arguments(request)
    text = _with_credentials(lock, request.requirement)
    path = local_path(request.requirement)
    if path is not None and path.is_dir():
        # uv looks at the times of a checkout's project files only; its modules may have changed.
        arguments += ["--refresh"]
    # From uv's cache alone, if it holds everything: hashes say that it is the same, and asking the index
    # about every package again would cost several times the installation.
    elif _run([*arguments, "--offline"], cwd=cwd, stdin=text) is None:
        return None
    return _run(arguments, cwd=cwd, stdin=text)


def _run(arguments: list[str], *, cwd: Path, stdin: str = "") -> Failure | None:
    done = run_uv(arguments, cwd=cwd, deadline=_DEADLINE, stdin=stdin)
    return None if done.returncode == 0 and not done.timed_out else explain(done)


def installed_versions(site: Path) -> dict[str, str]:
    """Versions by normalised name, from the names of the metadata folders in `site`."""
    found = {}
    for folder in site.glob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        found[normalise(name)] = version
    return dict(sorted(found.items()))


def _with_credentials(lock: str, requirement: str) -> str:
    """The lock is kept without credentials; for the moment of installing they are taken from the requirement."""
    secret = re.search(r"://(?!git@)([^/\s@]+)@", requirement)
    if secret is None:
        return lock
    return re.sub(r"(?<=://)\*{3,4}@", lambda _: f"{secret[1]}@", lock)
