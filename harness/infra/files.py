"""Files that appear whole or not at all, and those that somebody has open: Windows neither replaces nor removes
these. A full disk is told apart from other trouble."""

from __future__ import annotations

import errno
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.infra.errors import StorageError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) so that a reader, or the next run, sees all of it or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        replace_file(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn a full or read-only disk under `folder` into `StorageError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise no_room(folder, error.strerror or str(error)) from error


def no_room(folder: Path, cause: str) -> StorageError:
    """The error for a `folder` that cannot be written."""
    return StorageError(value=str(folder), cause=cause, action="make room there, or choose another cache folder")


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
    """An empty folder for the time being, below `parent` or where temporary files go; programs may run in it.

    It is left behind where somebody does not let go of it.
    """
    folder = Path(tempfile.mkdtemp(prefix="scrapy-compat-", dir=parent))
    try:
        yield folder
    finally:
        with suppress(OSError):
            remove_tree(folder)


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
