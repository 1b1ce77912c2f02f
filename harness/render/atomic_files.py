"""Files of a report that are written atomically: they appear whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from harness.infra.files import replacing, storage_errors


@contextmanager
def report_draft(path: Path) -> Iterator[Path]:
    """Give a path to write to: its file replaces `path` at the end, or leaves it as it was on any error.

    Raises `StorageError` where it cannot be written.
    """
    with storage_errors(path), replacing(path) as draft:
        yield draft


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Give a file to write, in UTF-8, that replaces `path` at the end, as `report_draft` does."""
    with report_draft(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        yield file
