"""Folders that are made once, found again, and made anew when they were left half made.

`complete.json` beside the content is written last and makes it whole; `failed.json` keeps a failure
that would come again. `manifest.json` lists the content, so that damage is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from harness.environments.manifest import NAME, Difference, difference, write_manifest
from harness.infra.files import HOLDING_FORBIDS, cache_errors, no_room, remove_file, remove_tree, write_whole
from harness.infra.packages.index_settings import unreachable
from harness.infra.packages.uv import Failure, FailureKind
from harness.model.outcome import Outcome

_COMPLETE = "complete.json"
_USED = "used"
_NO_CONTENT = (_COMPLETE, _USED, NAME)


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
    generation: int = 0
    """How often it was made anew because its content had changed: nothing measured in one before stands."""
    made: bool = False
    """Whether it has just been made."""


def obtain(
    folder: Path,
    make: Callable[[Path], Failure | dict[str, str]],
    usable: Callable[[Path], bool],
    *,
    retry_before: float = 0.0,
    check: bool = False,
) -> CachedDir:
    """The content of `folder`, made with `make` unless it is there, whole and `usable`.

    `make` gets the empty folder and returns the versions it installed. Failures kept from before
    `retry_before` (seconds since the epoch) are tried again. With `check` the content is compared with its manifest,
    and made anew if it has changed. Safe against other threads and processes. Raises `StorageError` when there is
    no room.
    """
    kept = _kept(folder, usable, retry_before, check=check)
    if kept is not None:
        return kept
    with cache_errors(folder), FileLock(_guard(folder)):
        kept = _kept(folder, usable, retry_before, check=check)
        if kept is not None:
            return kept
        if folder.exists():
            if check and (folder / _COMPLETE).exists() and damage_of(folder):
                # First of all: what was measured in it must not be believed, whatever happens now.
                write_whole(_generations(folder), str(_generation(folder) + 1))
            remove_tree(folder)
        folder.mkdir(parents=True)
        return _settle(folder, make(folder))


def compare(folder: Path) -> Difference | None:
    """How the content of a folder differs from its manifest; None where it has none."""
    return difference(folder, _NO_CONTENT)


def damage_of(folder: Path) -> tuple[str, ...]:
    """Paths in `folder` that have changed, vanished or appeared; none where that is not known."""
    found = compare(folder)
    return () if found is None else found.damage


def accept(folder: Path) -> None:
    """List the content of a folder as it is now, with the bytecode that has come since."""
    found = compare(folder)
    if found is not None and found.is_news and not found.damage:
        write_manifest(folder, _NO_CONTENT)


def of_generation(fingerprint: str, generation: int) -> str:
    """The fingerprint of what was made anew so often because it was damaged: what was measured before is another's."""
    return fingerprint if generation == 0 else hashlib.sha256(f"{fingerprint} {generation}".encode()).hexdigest()


def discard(folder: Path) -> None:
    """Have the content of a folder made anew the next time, although it is usable."""
    with FileLock(_guard(folder)):
        remove_file(folder / _COMPLETE)


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


def _generations(folder: Path) -> Path:
    """What counts how often a folder was made anew; it stays where the folder is removed."""
    return folder.with_name(f"{folder.name}.generation")


def _generation(folder: Path) -> int:
    try:
        return int(_generations(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0


def _kept(folder: Path, usable: Callable[[Path], bool], retry_before: float, *, check: bool) -> CachedDir | None:
    complete, failed = folder / _COMPLETE, folder / "failed.json"
    try:
        if complete.exists() and usable(folder):
            found = compare(folder) if check else None
            if check and (found is None or found.damage):
                return None
            os.utime(folder / _USED)
            told = json.loads(complete.read_text(encoding="utf-8"))
            return CachedDir(
                status=None, reason=None, text="", versions=told["versions"], generation=_generation(folder)
            )
        if failed.exists() and failed.stat().st_mtime >= retry_before:
            told = json.loads(failed.read_text(encoding="utf-8"))
            return CachedDir(status=Outcome.UNINSTALLABLE, reason=told["reason"], text=told["text"], versions={})
    except (OSError, ValueError, KeyError):
        pass  # damaged: as if it were not there
    return None


def _settle(folder: Path, answer: Failure | dict[str, str]) -> CachedDir:
    if not isinstance(answer, Failure):
        write_manifest(folder, _NO_CONTENT)
        (folder / _USED).touch()
        write_whole(folder / _COMPLETE, json.dumps({"versions": answer}))
        generation = _generation(folder)
        return CachedDir(status=None, reason=None, text="", versions=answer, generation=generation, made=True)
    remove_tree(folder)
    if answer.kind is FailureKind.STORAGE:
        raise no_room(folder, answer.reason)
    if answer.kind is FailureKind.IMPOSSIBLE:
        write_whole(folder / "failed.json", json.dumps({"reason": answer.reason, "text": answer.text}))
        (folder / _USED).touch()
        return CachedDir(status=Outcome.UNINSTALLABLE, reason=answer.reason, text=answer.text, versions={})
    reason = unreachable(answer.reason) if answer.kind is FailureKind.UNREACHABLE else answer.reason
    return CachedDir(status=Outcome.NOT_RUN, reason=reason, text=answer.text, versions={})
