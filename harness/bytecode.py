"""Compiled modules shared between environments of one interpreter.

Environments of neighbouring Scrapy releases consist of the same files: uv links them from its cache,
with the same content and time. What one has compiled at its first import the others need not compile
again: half of what an environment costs otherwise. A compiled file says which time and size of source
it was made from, and is shared only where both, and the source's hash, are the same; the interpreter
itself checks time and size again, and puts the right file name into the code it loads.
"""

from __future__ import annotations

import base64
import csv
import os
import struct
from collections.abc import Iterator
from pathlib import Path


def share(site: Path, pool: Path, cache_tag: str) -> int:
    """Link into `site` (a site-packages folder) what `pool` has compiled for its modules; how many there were.

    `pool` must be one interpreter's own. `cache_tag` is that interpreter's, e.g. `cpython-312`.
    """
    if not pool.is_dir():
        return 0
    known = {file.name for file in pool.iterdir()}
    digests = {name.split(".", 1)[0] for name in known}
    linked = 0
    for module, digest in _modules(site):
        if digest in digests and (name := _pool_name(digest, module)) in known:
            linked += _link(pool / name, _compiled_path(module, cache_tag))
    return linked


def collect(site: Path, pool: Path, cache_tag: str) -> int:
    """Link into `pool` what has been compiled in `site` since; how many files were new."""
    pool.mkdir(parents=True, exist_ok=True)
    known = {file.name for file in pool.iterdir()}
    added = 0
    for module, digest in _modules(site):
        compiled = _compiled_path(module, cache_tag)
        if compiled.exists() and _made_from(compiled, module):
            name = _pool_name(digest, module)
            if name not in known:
                added += _link(compiled, pool / name)
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
    """Every module that an installed package lists with its hash, as (file, hex SHA-256)."""
    for record in site.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                path, hashed, *_ = (*row, "", "")
                if path.endswith(".py") and hashed.startswith("sha256=") and not path.startswith((".", "/")):
                    yield site / path, base64.urlsafe_b64decode(hashed.removeprefix("sha256=") + "=").hex()


def _compiled_path(module: Path, cache_tag: str) -> Path:
    return module.parent / "__pycache__" / f"{module.stem}.{cache_tag}.pyc"


def _pool_name(digest: str, module: Path) -> str:
    try:
        status = module.stat()
    except OSError:
        return ""
    return f"{digest}.{int(status.st_mtime)}.{status.st_size}.pyc"


def _made_from(compiled: Path, module: Path) -> bool:
    """Whether the header of `compiled` names the time and size of `module`: PEP 3147 and, from 3.7, PEP 552."""
    try:
        status = module.stat()
        with compiled.open("rb") as file:
            header = file.read(16)
    except OSError:
        return False
    stamp = struct.pack("<II", int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
    return header[4:12] == stamp or (header[4:8] == bytes(4) and header[8:16] == stamp)


def _link(source: Path, target: Path) -> bool:
    try:
        target.parent.mkdir(exist_ok=True)
        os.link(source, target)
    except OSError:
        # There already, another file system, or one without links: the module is compiled as usual.
        return False
    return True
