"""Files and folders that somebody has open at this moment: Windows neither replaces nor removes those.

Who holds one there is mostly done with it soon: another thread that reads it, a process that is just ending, a
scanner. So what is refused is tried again for a while. Elsewhere nothing is refused for that reason, nor tried again.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HOLDING_FORBIDS: bool = sys.platform == "win32"
"""Whether what somebody has open can neither be replaced nor removed here."""
PATIENCE = 3.0 if HOLDING_FORBIDS else 0.0
"""Seconds for which it is tried again."""
_PAUSE = 0.02


def put_in_place(draft: Path, path: Path) -> None:
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
