"""A name for a machine that says nothing about it: runs of one machine are compared with one another."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from harness.infra.files import storage_errors, write_whole

_FILE = "machine-id"
_ID = re.compile(r"[0-9a-f]{12}")


def machine_id(folder: Path) -> str:
    """Twelve random hex digits, drawn once and kept in `folder`; where several machines share it they count as one.

    Raises `StorageError` where it cannot be written.
    """
    path = folder / _FILE
    with storage_errors(path):
        known = path.read_text(encoding="ascii").strip() if path.is_file() else ""
        if not _ID.fullmatch(known):
            known = secrets.token_hex(6)
            write_whole(path, f"{known}\n")
        return known
