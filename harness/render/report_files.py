"""Report files appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from harness.infra.files import replace_file
from harness.store.schema import storage_errors


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the place of `path` at the end, or leaves it as it was on any error.

    Raises `StorageError` where it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            replace_file(draft, path)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A file to write, UTF-8, that takes the place of `path` at the end, as `replacing` does."""
    with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        yield file
