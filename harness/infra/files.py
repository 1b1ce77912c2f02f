"""Files that appear whole or not at all, and those that somebody has open: Windows neither replaces nor removes
these. A full disk is told apart from other trouble."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from harness.infra.errors import StorageError

_SCRATCH = "scrapy-compat-"
_GUARD = ".guard"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) so that a reader, or the next run, sees all of it or what was there before."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a path to write to, whose file takes the place of `path` at the end, or leaves it as it was on any error.

    Then it stays there, also if the machine loses its power; unless `durable`, for what can be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    try:
        yield draft
        if durable:
            _flush(draft)
        replace_file(draft, path)
        if durable:
            _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into a `StorageError` naming `path` and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        text = str(error)
        again = "run the same command again, which goes on from what was recorded"
        if "is full" in text or getattr(error, "errno", None) in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            cause, action = "the disk is full", f"free some space, then {again}"
        elif "disk I/O error" in text or "File too large" in text:
            cause, action = f"the disk refuses it ({text})", f"look at free space, quota and limits, then {again}"
        elif "locked" in text:
            cause, action = "another process is writing it", "wait for it to end, or end it"
        elif isinstance(error, sqlite3.OperationalError) and ("readonly" in text or "unable to open" in text):
            cause, action = text, "check the permissions of the file and of its directory"
        elif isinstance(error, sqlite3.Error):
            cause = f"it is damaged or was cut short ({text})"
            action = "run the same command again: what can still be read of it is kept, the rest is measured again"
        else:
            cause, action = text, "check that the path exists and may be written"
        raise StorageError(value=str(path), cause=cause, action=action) from error


@contextmanager
def cache_errors(folder: Path) -> Iterator[None]:
    """Turn a full or read-only disk under `folder`, which may be another one, into `StorageError`; nothing else."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise no_room(folder, error.strerror or str(error)) from error


def no_room(folder: Path, cause: str) -> StorageError:
    """Return the error for a `folder` of the cache that cannot be written."""
    action = "make room and allow writing there, or choose another folder with SCRAPY_COMPAT_CACHE"
    return StorageError(value=str(folder), cause=cause, action=action)


def _flush(path: Path) -> None:
    """Have the system write out a file, or the names in a folder."""
    if path.is_dir() and sys.platform == "win32":
        return  # Windows opens no folders, and keeps their names in a log of its own.
    number = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        # Some file systems of networks have no such thing.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(number)


HOLDING_FORBIDS: bool = sys.platform == "win32"
"""Whether what somebody has open can neither be replaced nor removed here."""


PATIENCE = 3.0 if HOLDING_FORBIDS else 0.0
"""Seconds for which it is tried again."""


_PAUSE = 0.02


def replace_file(draft: Path, path: Path) -> None:
    """Let `draft` take the place of `path`, at once for whoever looks. Raises `OSError` where that stays refused."""
    _patiently(lambda: draft.replace(path))


def remove_file(path: Path) -> None:
    """Remove a file, which may be missing. Raises `OSError` where that stays refused."""
    _patiently(lambda: path.unlink(missing_ok=True))


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it. Raises `OSError` where that stays refused; then some of it is left."""
    _patiently(lambda: shutil.rmtree(folder))


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Give an empty folder for the time being, below `parent` or where temporary files go; programs may run in it.

    It is left behind where somebody does not let go of it, and where this process is killed: see `remove_abandoned`.
    """
    folder = (parent or Path(tempfile.gettempdir())) / f"{_SCRATCH}{secrets.token_hex(6)}"
    guard = _guard(folder)
    with FileLock(guard):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            with suppress(OSError):
                remove_tree(folder)
    if not folder.exists():
        guard.unlink(missing_ok=True)


def remove_abandoned(cache: Path) -> int:
    """Remove the scratch folders of processes that were killed, where temporary files go and in the folders of `cache`.

    Returns how many. The system lets go of the lock beside a folder when its process ends, however that ends.
    """
    name, count = f"{_SCRATCH}*{_GUARD}", 0
    for guard in (*Path(tempfile.gettempdir()).glob(name), *cache.glob(f"*/{name}")):
        with suppress(Timeout, OSError):
            with FileLock(guard, timeout=0):
                folder = guard.with_suffix("")
                if folder.is_dir():
                    remove_tree(folder)
                    count += 1
            guard.unlink(missing_ok=True)
    return count


def _guard(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_GUARD}")


def _patiently(act: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            act()
            return
        except PermissionError:
            if time.monotonic() >= give_up:
                raise
        time.sleep(_PAUSE)
