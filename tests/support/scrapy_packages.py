"""Small packages called `scrapy`, written for tests, read as releases are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from harness.analysis.scrapy_names.release_names import ReleaseNames


def written_release(folder: Path, files: Mapping[str, str]) -> ReleaseNames:
    """Write modules, by their path below `scrapy`, and return their names."""
    for path, text in {"__init__.py": "", **files}.items():
        target = folder / "scrapy" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
    return ReleaseNames.read(folder)
