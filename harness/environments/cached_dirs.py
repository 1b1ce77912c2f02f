"""Folders that are made once, found again, and made anew when they were left half made.

`complete.json` beside the content is written last and makes it whole; `failed.json` keeps a failure
that would come again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from harness.infra.files import HOLDING_FORBIDS, cache_errors, no_room, remove_file, remove_tree, write_whole
from harness.infra.packages.index_settings import unreachable
from harness.infra.packages.uv import Failure, FailureKind
from harness.model.outcome import Outcome

_COMPLETE = "complete.json"
_USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedDir:
    """A folder, or why there is none."""

    status: Outcome | None
    """None: whole. `UNINSTALLABLE`, or `NOT_RUN` when the index was away."""
    reason: str | None
    text: str
    """All that was said of a failure."""
    versions: dict[str, str]
    """Installed versions by normalised package name."""


def obtain(
    folder: Path,
    make: Callable[[Path], Failure | dict[str, str]],
    usable: Callable[[Path], bool],
    *,
    retry_before: float = 0.0,
) -> CachedDir:
    """The content of `folder`, made with `make` unless it is there, whole and `usable`.

    `make` gets the empty folder and returns the versions it installed. Failures kept from before
    `retry_before` (seconds since the epoch) are tried again. Safe against other threads and processes.
    Raises `StorageError` when there is no room.
    """
    kept = _kept(folder, usable, retry_before)
    if kept is not None:
        return kept
    with cache_errors(folder), FileLock(_guard(folder)):
        kept = _kept(folder, usable, retry_before)
        if kept is not None:
            return kept
        if folder.exists():
            remove_tree(folder)
        folder.mkdir(parents=True)
        return _settle(folder, make(folder))


def unused(parent: Path, *, longer_than: float) -> list[Path]:
    """The folders below `parent` not obtained within `longer_than` seconds, half made ones included."""
    since = time.time() - longer_than
    found = []
    for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
        stamp = folder / _USED
        last = (stamp if stamp.exists() else folder).stat().st_mtime if folder.is_dir() else since + 1
        if last <= since:
            found.append(folder)
    return found


def remove(folder: Path) -> bool:
    """Remove a folder; False when somebody is making it at this moment, or on Windows runs a program in it."""
    try:
        with FileLock(_guard(folder), timeout=0):
            # First of all: what can only be removed in part must not count as whole.
            remove_file(folder / _COMPLETE)
            remove_tree(folder)
    except Timeout:
        return False
    except PermissionError:
        if not HOLDING_FORBIDS:
            raise
        return False
    return True


def _guard(folder: Path) -> Path:
    guards = folder.parent.parent / "guards"
    guards.mkdir(parents=True, exist_ok=True)
    return guards / f"{folder.parent.name}-{folder.name}"


def _kept(folder: Path, usable: Callable[[Path], bool], retry_before: float) -> CachedDir | None:
    complete, failed = folder / _COMPLETE, folder / "failed.json"
    try:
        if complete.exists() and usable(folder):
            os.utime(folder / _USED)
            told = json.loads(complete.read_text(encoding="utf-8"))
            return CachedDir(status=None, reason=None, text="", versions=told["versions"])
        if failed.exists() and failed.stat().st_mtime >= retry_before:
            told = json.loads(failed.read_text(encoding="utf-8"))
            return CachedDir(status=Outcome.UNINSTALLABLE, reason=told["reason"], text=told["text"], versions={})
    except (OSError, ValueError, KeyError):
        pass  # damaged: as if it were not there
    return None


def _settle(folder: Path, answer: Failure | dict[str, str]) -> CachedDir:
    if not isinstance(answer, Failure):
        (folder / _USED).touch()
        write_whole(folder / _COMPLETE, json.dumps({"versions": answer}))
        return CachedDir(status=None, reason=None, text="", versions=answer)
    remove_tree(folder)
    if answer.kind is FailureKind.STORAGE:
        raise no_room(folder, answer.reason)
    if answer.kind is FailureKind.IMPOSSIBLE:
        write_whole(folder / "failed.json", json.dumps({"reason": answer.reason, "text": answer.text}))
        (folder / _USED).touch()
        return CachedDir(status=Outcome.UNINSTALLABLE, reason=answer.reason, text=answer.text, versions={})
    reason = unreachable(answer.reason) if answer.kind is FailureKind.UNREACHABLE else answer.reason
    return CachedDir(status=Outcome.NOT_RUN, reason=reason, text=answer.text, versions={})
