"""What is in a folder that was made once, so that whatever has changed it since is noticed.

Looking at all files of an environment takes some hundredths of a second, reading them ten times that. So a file is
read only if its number or the time of its last change, which no program can set, differs, and size and time of writing
do not: a folder may have come back from a backup. What packages list with a hash need not be read to be listed.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import posixpath
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.infra.files import write_whole

NAME = "manifest.json"
_BYTECODE = "__pycache__"


class FileState(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A file, link or folder as it was when it was listed."""

    size: int
    written: int
    changed: int
    """When anything of it changed last; `written` and this in nanoseconds."""
    number: int
    """Its inode."""
    digest: str
    """SHA-256 of the content, in hexadecimal digits; or what else it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs from what was listed."""

    damage: tuple[str, ...]
    """Paths of files and folders that have changed, vanished or appeared."""
    caches: tuple[str, ...]
    """Paths of files that have appeared as they do when modules are used: bytecode, and Twisted's list of plugins."""
    touched: bool
    """Whether something looks as if it had changed, and has not."""

    @property
    def is_news(self) -> bool:
        """Whether the list has to be written again although nothing is damaged."""
        return bool(self.caches) or self.touched


def write_manifest(folder: Path, ignored: Collection[str]) -> None:
    """List what is below `folder`, in a file in it; `ignored` are names in the folder itself that do not count."""
    found = dict(_walk(folder, {*ignored, NAME}))
    digests: dict[str, str] = {}
    for path in found:
        site, separator, _ = path.rpartition(".dist-info/RECORD")
        if separator:
            digests |= _below(site.rpartition("/")[0], recorded_digests(folder / path))
    listed = {
        path: FileState(**_times(status), digest=digests.get(path) or _digest(folder / path, status))
        for path, status in found.items()
    }
    write_whole(folder / NAME, msgspec.json.encode(listed).decode())


def difference(folder: Path, ignored: Collection[str]) -> Difference | None:
    """Return how `folder` differs from what `write_manifest` has listed; None where no list can be read."""
    try:
        listed = msgspec.json.decode((folder / NAME).read_bytes(), type=dict[str, FileState])
    except (OSError, msgspec.MsgspecError):
        return None
    damage: list[str] = []
    caches: list[str] = []
    touched = False
    for path, status in _walk(folder, {*ignored, NAME}):
        known = listed.pop(path, None)
        if known is None:
            (caches if _is_cache(path) else damage).append(path)
        elif msgspec.structs.replace(known, **_times(status)) != known:
            # Another content of the same size and time can only be told by reading it.
            same = (status.st_size, status.st_mtime_ns) == (known.size, known.written)
            if same and _digest(folder / path, status) == known.digest:
                touched = True
            else:
                damage.append(path)
    # Those that are gone are made again when they are needed.
    damage += [path for path in listed if not _is_cache(path)]
    return Difference(damage=tuple(sorted(damage)), caches=tuple(caches), touched=touched)


def _walk(folder: Path, ignored: Collection[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Path and status of whatever is below `folder`, less the folders that bytecode is in."""
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                path = f"{inside}/{entry.name}" if inside else entry.name
                if path in ignored:
                    continue
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder:
                    waiting.append(path)
                if not (is_folder and entry.name == _BYTECODE):
                    # Bytecode that another process is writing has another name a moment later.
                    with suppress(FileNotFoundError):
                        yield path, entry.stat(follow_symlinks=False)


def _is_cache(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    # While bytecode is written it has a number behind its name.
    return (folder.endswith(_BYTECODE) and ".pyc" in name) or name == "dropin.cache"


def _times(status: os.stat_result) -> dict[str, int]:
    """Size, times and number of a file; of a folder nothing, since all that is made in it changes them."""
    if stat.S_ISDIR(status.st_mode):
        return dict.fromkeys(("size", "written", "changed", "number"), 0)
    return {
        "size": status.st_size,
        "written": status.st_mtime_ns,
        "changed": status.st_ctime_ns,
        "number": status.st_ino,
    }


def _digest(path: Path, status: os.stat_result) -> str:
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    if stat.S_ISLNK(status.st_mode):
        return f"link to {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else "special"


def recorded_digests(record: Path) -> Iterator[tuple[str, str]]:
    """Path and SHA-256 of the files that a `RECORD` of an installed package lists with a hash."""
    with record.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            path, hashed, *_ = (*row, "", "")
            if hashed.startswith("sha256="):
                yield path, base64.urlsafe_b64decode(hashed.removeprefix("sha256=") + "=").hex()


def _below(site: str, digests: Iterable[tuple[str, str]]) -> dict[str, str]:
    """`digests` with their paths as they are seen from the folder that `site` is in; scripts are listed with `..`."""
    return {
        posixpath.normpath(f"{site}/{path}") if path.startswith(".") else f"{site}/{path}": digest
        for path, digest in digests
    }
