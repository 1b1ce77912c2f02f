"""What `fix` does: writes into sources what newer releases of Scrapy need, where that is sure."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.advice.source_changes import ChangeSearch, SourceChange
from harness.analysis.advice.source_classes import SourceClasses
from harness.analysis.advice.source_fixes import SourceFix, find_fixes, fixed, source_lines
from harness.analysis.advice.source_names import SourceFile, read_files
from harness.analysis.axis_values import AxisValues
from harness.analysis.scrapy_names.names_table import load_names_table
from harness.commands.source_files import SourceText, read_sources
from harness.infra.errors import ConfigurationError
from harness.infra.files import replacing
from harness.infra.python_source import parse_python
from harness.infra.resources import matrix_file
from harness.infra.text import plural
from harness.matrix.load import load_matrix
from harness.matrix.versions import any_matches, parse_patterns
from harness.render.change_phrases import told_once
from harness.render.text.advise_changes import change_lines


def fix_lines(
    given: Sequence[Path], scrapy: Sequence[str], heard: Callable[[str], object], *, write: bool
) -> Iterator[str]:
    """Return the changes to files as a unified diff; `heard` gets lines on what is left, and `write` changes the files.

    `scrapy` chooses releases of the matrix. Raises `ConfigurationError` where it chooses none, or a file is no Python.
    """
    releases = _releases(scrapy)
    search = ChangeSearch(load_names_table(), releases, {})
    sources = read_sources(given, heard)
    found = _Found.of({path: source.text for path, source in sources.items()}, search)
    new = {path: fixed(source.text, found.fixes(path)) for path, source in sources.items()}
    after = _Found.of(new, search)
    mended = left = 0
    for path, source in sources.items():
        rest = _left(found.changes[path], after.changes[path])
        before, after_it = len(told_once(found.changes[path])), len(told_once(rest))
        mended, left = mended + before - after_it, left + after_it
        yield from _diff(path, source.text, new[path])
        if write and new[path] != source.text:
            _write(path, source, new[path])
        for line in change_lines(rest, str(path), AxisValues.of_releases(releases)):
            heard(line)
    files = plural(sum(new[path] != source.text for path, source in sources.items()), "file")
    sure = (
        f"fixed {plural(mended, 'line')} in {files}" if write else f"{plural(mended, 'line')} in {files} can be fixed"
    )
    how = ": --write does" if mended and not write else ""
    heard(
        f"{sure}{how}; {plural(left, 'line')} that newer releases take away {'is' if left == 1 else 'are'} left to you"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is found in sources that are read together."""

    sources: Mapping[Path, str]
    trees: Mapping[Path, ast.Module]
    files: Mapping[Path, SourceFile]
    changes: Mapping[Path, list[SourceChange]]
    """What is gone in some release."""

    @classmethod
    def of(cls, sources: Mapping[Path, str], search: ChangeSearch) -> _Found:
        trees = {path: parse_python(text, str(path)) for path, text in sources.items()}
        files = read_files(trees)
        changes = search.search(files, trees)
        gone = {path: [each for each in some if each.gone] for path, some in changes.items()}
        return cls(sources=sources, trees=trees, files=files, changes=gone)

    def fixes(self, path: Path) -> list[SourceFix]:
        classes = SourceClasses({self.files[each]: tree for each, tree in self.trees.items()})
        return find_fixes(self.sources[path], self.trees[path], self.files[path], classes, self.changes[path])


def _left(before: Sequence[SourceChange], after: Sequence[SourceChange]) -> list[SourceChange]:
    """Return what is found after the fixes as well, with the lines of before."""
    still = Counter((each.kind, each.owner, each.what, each.path) for each in after)
    left = []
    for each in before:
        key = (each.kind, each.owner, each.what, each.path)
        if still[key]:
            still[key] -= 1
            left.append(each)
    return left


def _releases(scrapy: Sequence[str]) -> list[str]:
    """Return the versions that are chosen, oldest first."""
    value = f"--scrapy {', '.join(scrapy)}"
    try:
        patterns = parse_patterns(scrapy)
    except ValueError as error:
        raise ConfigurationError(value=value, cause=str(error), action="write it as in '>=2.6' or 2.13") from None
    known = load_matrix(matrix_file()).scrapys
    chosen = [str(each.version) for each in known if any_matches(patterns, each.label, each.version)]
    if not chosen:
        action = f"choose among {known[0].label} to {known[-1].label}"
        raise ConfigurationError(value=value, cause="is no release of the matrix", action=action)
    return chosen


def _diff(path: Path, old: str, new: str) -> Iterator[str]:
    """Yield a unified diff that `git apply` and `patch -p1` take in the folder in which the path is valid."""
    name = path.as_posix().removeprefix("./").lstrip("/")
    for line in difflib.unified_diff(source_lines(old), source_lines(new), f"a/{name}", f"b/{name}"):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _write(path: Path, source: SourceText, new: str) -> None:
    with replacing(path) as draft:
        draft.write_bytes(new.encode(source.encoding))
        draft.chmod(path.stat().st_mode)
