"""What `fix` does: writes into sources what newer releases of Scrapy need, where that is sure."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSources:
    """What became of some sources."""

    patch: tuple[str, ...]
    """Lines of a unified diff."""
    files: tuple[str, ...]
    """Those that change."""
    mended: int
    """Lines of them that newer releases take away, and that the patch mends."""
    left: tuple[tuple[str, SourceChange], ...]
    """What they take away beside that, with the file."""
    unread: tuple[str, ...]
    """Files that are not Python, and why."""
    releases: tuple[str, ...]
    """Of Scrapy, that count."""
    written: bool

    def told(self) -> Iterator[str]:
        """Return what is said beside the patch: what is left, and how much that is."""
        yield from self.unread
        axes = AxisValues.of_releases(self.releases)
        for path, some in groupby(self.left, key=itemgetter(0)):
            yield from change_lines([change for _, change in some], path, axes)
        files = plural(len(self.files), "file")
        lines = plural(self.mended, "line")
        sure = f"fixed {lines} in {files}" if self.written else f"{lines} in {files} can be fixed"
        how = ": --write does" if self.mended and not self.written else ""
        left = (
            f"{plural(len(self.left), 'line')} that newer releases take away {'is' if len(self.left) == 1 else 'are'}"
        )
        yield f"{sure}{how}; {left} left to you"

    def document(self) -> dict[str, object]:
        """Return the same as one object."""
        left = [{"file": path, "silent": change.silent, **asdict(change)} for path, change in self.left]
        return {"patch": "".join(f"{line}\n" for line in self.patch), "files": self.files, "mended": self.mended,
                "left": left, "unread": self.unread, "written": self.written}  # fmt: skip


def fix_sources(given: Sequence[Path], scrapy: Sequence[str], *, write: bool) -> FixedSources:
    """Mend files and folders as far as that is sure; `write` changes the files.

    `scrapy` chooses releases of the matrix. Raises `ConfigurationError` where it chooses none, or a file is no Python.
    """
    releases, unread = _releases(scrapy), list[str]()
    search = ChangeSearch(load_names_table(), releases, {})
    sources = read_sources(given, unread.append)
    found = _ReadTogether.of({path: source.text for path, source in sources.items()}, search)
    new = {path: fixed(source.text, found.fixes(path)) for path, source in sources.items()}
    after = _ReadTogether.of(new, search)
    changed = [path for path, source in sources.items() if new[path] != source.text]
    left = [(str(path), each) for path in sources for each in _left(found.changes[path], after.changes[path])]
    if write:
        for path in changed:
            _write(path, sources[path], new[path])
    return FixedSources(
        patch=tuple(line for path in changed for line in _diff(path, sources[path].text, new[path])),
        files=tuple(map(str, changed)),
        mended=sum(len(told_once(some)) for some in found.changes.values()) - len(left),
        left=tuple(left),
        unread=tuple(unread),
        releases=tuple(releases),
        written=write,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadTogether:
    """What is found in sources that are read together."""

    sources: Mapping[Path, str]
    trees: Mapping[Path, ast.Module]
    files: Mapping[Path, SourceFile]
    changes: Mapping[Path, list[SourceChange]]
    """What is gone in some release."""

    @classmethod
    def of(cls, sources: Mapping[Path, str], search: ChangeSearch) -> _ReadTogether:
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
    return told_once(left)


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
