"""The folder of files and settings that Wine runs in (its prefix): one of the harness's own, and its server.

A prefix is made once for each version of Wine. While anybody uses it Wine's server and services stay, since bringing
them up takes seconds; whoever is the last to be done ends them. Who was killed could not: they end of themselves then.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from harness.infra.errors import ToolError
from harness.infra.files import remove_tree
from harness.infra.process.launcher import Launcher
from harness.infra.process.supervisor import clean_environment, run
from harness.interpreters.wine.paths import windows_path
from harness.interpreters.wine.programs import Wine

TEMPORARY = "SCRAPY_COMPAT_TEMP"
"""Variable that tells an environment under Wine where temporary files go: Wine passes none of those that Python asks,
and looks for its own server where `TMPDIR` says."""
_BOOT_SECONDS = 300.0
_SERVER_SECONDS = 60.0
_IDLE_SECONDS = 900
"""For so long Wine's server waits for a next program."""
_PARTS = ("system.reg", "user.reg", "drive_c/windows/system32/kernel32.dll", "dosdevices/z:")
"""What a prefix has that is whole; Wine writes the first two when its server ends."""


def prefix_of(cache: Path, wine: Wine) -> Path:
    """Where the prefix for that Wine is, made or not."""
    name = hashlib.sha256(wine.version.encode()).hexdigest()[:12]
    return cache.resolve() / "wine" / name / "prefix"


def launcher_of(wine: Wine, prefix: Path) -> Launcher:
    """How programs for Windows are started in that prefix."""
    return Launcher(
        command=(wine.loader,),
        environment={
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # No offer to install Mono or Gecko, no entries in this user's menus, no debugger for what crashes.
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d",
            # Wine's server is found there: for whoever has another one it is another server.
            "TMPDIR": "/tmp",  # noqa: S108 (its folder there is for this user alone)
        },
        name_of=windows_path,
        temporary=(TEMPORARY,),
        # It starts slowly, and from inside nothing tells that the machine was busy with others.
        patience=6.0,
    )


@contextmanager
def wine_session(cache: Path, wine: Wine) -> Iterator[Launcher]:
    """A prefix below `cache` in which Wine's server runs while the context lasts; how programs are started in it.

    The prefix is made when it is not there or not whole. May be used by several threads and processes at a time.
    Raises `ToolError` where Wine cannot make it.
    """
    prefix = prefix_of(cache, wine)
    place = prefix.parent
    (place / "users").mkdir(parents=True, exist_ok=True)
    launcher = launcher_of(wine, prefix)
    session = FileLock(place / "users" / secrets.token_hex(8))
    with FileLock(place / "guard"):
        if not _is_whole(prefix):
            _make(wine, prefix, launcher)
        session.acquire()
        _server(wine, launcher, prefix, f"--persistent={_IDLE_SECONDS}")
        # Wine's services come up with the first program. Were that a cell, they would belong to it.
        run([*launcher.command, "cmd", "/c", "exit"], cwd=prefix, env=_environment(launcher), deadline=_BOOT_SECONDS,
            sweep=False)  # fmt: skip
    try:
        yield launcher
    finally:
        with FileLock(place / "guard"):
            session.release()
            if not _in_use(place / "users"):
                _server(wine, launcher, prefix, "--kill")
                _server(wine, launcher, prefix, "--wait")


def _in_use(users: Path) -> bool:
    """Whether any session still holds its file below `users`; those of sessions that are gone are removed."""
    used = False
    for file in users.iterdir():
        lock = FileLock(file)
        try:
            with lock.acquire(timeout=0):
                file.unlink(missing_ok=True)
        except Timeout:
            used = True
    return used


def _is_whole(prefix: Path) -> bool:
    return (prefix.parent / "complete").exists() and all((prefix / part).exists() for part in _PARTS)


def _make(wine: Wine, prefix: Path, launcher: Launcher) -> None:
    """Make the prefix anew, whatever is there."""
    complete = prefix.parent / "complete"
    complete.unlink(missing_ok=True)
    if prefix.exists():
        _server(wine, launcher, prefix, "--kill")
        remove_tree(prefix)
    prefix.mkdir()
    booted = run([*launcher.command, "wineboot", "--init"], cwd=prefix, env=_environment(launcher),
                 deadline=_BOOT_SECONDS, sweep=False)  # fmt: skip
    _server(wine, launcher, prefix, "--wait")
    missing = [part for part in _PARTS if not (prefix / part).exists()]
    if booted.returncode or booted.timed_out or missing:
        said = " ".join((booted.stderr or booted.stdout).split())[-300:]
        why = f"took longer than {_BOOT_SECONDS:.0f} s" if booted.timed_out else f"ended with {booted.returncode}"
        raise ToolError(
            value=f"{wine.loader} wineboot",
            cause=f"{why}, and made no prefix: {said or 'it said nothing'}",
            action=f"check that there is a gigabyte of room below {prefix.parent}, and that Wine starts for this user",
        )
    complete.touch()


def _server(wine: Wine, launcher: Launcher, prefix: Path, option: str) -> None:
    run([wine.server, option], cwd=prefix, env=_environment(launcher), deadline=_SERVER_SECONDS, sweep=False)


def _environment(launcher: Launcher) -> dict[str, str]:
    return clean_environment(launcher.environment)
