"""What `clean` does: removes old runs, and environments that nobody uses."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.environments.provider import clean
from harness.infra.files import remove_abandoned
from harness.infra.resources import cache_directory
from harness.render.text.clean import CleanResult
from harness.store.run_directory import Runs


def clean_up(state: Path, *, keep: int, older_than: float | None, unused_for: float) -> CleanResult:
    """Remove runs beyond the latest `keep` and older ones, environments not used for so long, and killed runs' folders.

    Ages are in seconds.
    """
    gone = Runs(state).prune(keep, older_than=older_than) if state.is_dir() else []
    cache = cache_directory()
    before = shutil.disk_usage(cache).free if cache.is_dir() else 0
    removed = clean(cache, unused_for=unused_for) if cache.is_dir() else []
    freed = max(0, shutil.disk_usage(cache).free - before) if removed else 0
    abandoned = remove_abandoned(cache)
    return CleanResult(runs=tuple(gone), environments=len(removed), freed=freed, abandoned=abandoned)
