"""Compiled modules shared between environments of one interpreter.

Environments of neighbouring Scrapy releases consist mostly of the same modules. What one has compiled at
its first import the others need not compile again: that is half of what an environment costs otherwise.

A compiled file depends on the source's text alone; its header says which time and size of source it was
made from, and the interpreter checks both, and puts the right file name into the code it loads. So a pool
keeps compiled files by the hash of their source, and the header is written anew where the time differs.
"""

from __future__ import annotations

import base64
import csv
import os
import struct
from collections.abc import Iterator
from pathlib import Path


def share(site: Path, pool: Path, cache_tag: str) -> int:
    """Put into `site` (a site-packages folder) what `pool` has compiled for its modules; how many there were.

    `pool` must be one interpreter's own. `cache_tag` is that interpreter's, e.g. `cpython-312`.
    """
    if not pool.is_dir():
        return 0
    known = {file.name for file in pool.iterdir()}
    shared = 0
    for module, name in _modules(site):
        if name in known:
            shared += _put(pool / name, _compiled_path(module, cache_tag), module)
    return shared


def collect(site: Path, pool: Path, cache_tag: str) -> int:
    """Link into `pool` what has been compiled in `site` since; how many files were new."""
    pool.mkdir(parents=True, exist_ok=True)
    known = {file.name for file in pool.iterdir()}
    added = 0
    for module, name in _modules(site):
        if name not in known:
            added += _take(_compiled_path(module, cache_tag), pool / name, module)
    return added


def prune(pool: Path) -> int:
    """Remove from `pool` what no environment uses any more; how many files that were."""
    removed = 0
    for file in pool.iterdir() if pool.is_dir() else ():
        if file.stat().st_nlink == 1:
            file.unlink()
            removed += 1
    return removed


def _modules(site: Path) -> Iterator[tuple[Path, str]]:
    """Every module that an installed package lists with its hash, and what the pool calls its compiled form."""
    for record in site.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                path, hashed, *_ = (*row, "", "")
                if path.endswith(".py") and hashed.startswith("sha256=") and not path.startswith((".", "/")):
                    digest = base64.urlsafe_b64decode(hashed.removeprefix("sha256=") + "=")
                    yield site / path, f"{digest.hex()}.pyc"


def _compiled_path(module: Path, cache_tag: str) -> Path:
    return module.parent / "__pycache__" / f"{module.stem}.{cache_tag}.pyc"


def _stamp(module: Path) -> bytes:
    """Time and size of a source as its compiled file names them."""
    status = module.stat()
    return struct.pack("<II", int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)


def _stamp_at(compiled: bytes) -> int:
    """Where the stamp begins: after the magic number, and from Python 3.7 (PEP 552) after flags, which are zero."""
    return 8 if compiled[4:8] == bytes(4) else 4


def _put(source: Path, target: Path, module: Path) -> bool:
    try:
        stamp = _stamp(module)
        target.parent.mkdir(exist_ok=True)
        compiled = source.read_bytes()
        at = _stamp_at(compiled)
        if compiled[at : at + 8] == stamp:
            os.link(source, target)
        else:
            target.write_bytes(compiled[:at] + stamp + compiled[at + 8 :])
    except OSError:
        # The source or the compiled file is gone, or a file system without links: nothing is lost but time.
        return False
    return True


def _take(source: Path, target: Path, module: Path) -> bool:
    try:
        with source.open("rb") as file:
            header = file.read(16)
        at = _stamp_at(header)
        if header[at : at + 8] != _stamp(module):
            return False
        os.link(source, target)
    except OSError:
        # Not compiled yet, another collector was faster, or a file system without links.
        return False
    return True
