"""What the releases that were asked do not have of what a target's source names; nothing of it is executed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.advice.source_changes import ChangeSearch, SourceChange
from harness.analysis.advice.source_names import read_files
from harness.analysis.scrapy_names.names_table import load_names_table
from harness.infra.python_source import TOO_DEEP, parse_python

_BESIDE = frozenset({"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks"})
"""Folders of what is no part of what a target does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFinding:
    """A line of a target's source."""

    file: str
    """Its path in the target."""
    change: SourceChange


def source_findings(folder: Path, releases: Sequence[str]) -> tuple[SourceFinding, ...]:
    """Return what some of `releases`, oldest first, do not have of what is written below a folder; silent ones first.

    Files that Python cannot read are passed over.
    """
    trees: dict[Path, ast.Module] = {}
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder)
        if _BESIDE.isdisjoint(place.parts[:-1]) and not place.name.startswith("test_"):
            try:
                trees[place] = parse_python(path.read_bytes(), str(place))
            except (OSError, SyntaxError, ValueError, *TOO_DEEP):
                continue
    changes = ChangeSearch(load_names_table(), releases, {}).search(read_files(trees), trees)
    found = [SourceFinding(file=path.as_posix(), change=each)
             for path, some in changes.items() for each in some if each.gone]  # fmt: skip
    return tuple(sorted(found, key=lambda each: not each.change.silent))
