"""Files that appear whole or not at all, and a full disk told apart from other trouble."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import StorageError
from harness.held_files import put_in_place

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) so that a reader, or the next run, sees all of it or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        put_in_place(part, path)
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
