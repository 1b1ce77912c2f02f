"""Adds new Scrapy releases to a `matrix.toml` and leaves comments, order and everything else as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, cast

import tomlkit
from packaging.version import Version
from tomlkit.items import Array, InlineTable

from harness.infra.errors import ConfigurationError, StorageError
from harness.infra.files import replacing
from harness.infra.packages.index import IndexUnavailableError, Release, fetch_releases
from harness.matrix.load import load_matrix, parse_matrix
from harness.matrix.spec import MatrixSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One change made to the Scrapy axis."""

    version: str
    previous: str | None
    """The patch that it takes the place of; None for a new minor."""
    released: date


def update_matrix(path: Path, index: str) -> tuple[Update, ...]:
    """Brings the Scrapy axis of the matrix in `path` up to date with `index`; returns what changed, oldest first.

    A minor of the matrix moves to its newest patch, and minors newer than all of the matrix are added; one that is
    missing in between was left out by somebody and stays out. Yanked and pre-releases do not count.
    `IndexUnavailableError`, `ConfigurationError` for a matrix that cannot be read, `StorageError` for one that cannot
    be written.
    """
    spec = load_matrix(path)
    releases = fetch_releases("scrapy", index)
    with path.open(encoding="utf-8", newline="") as file:
        before = file.read()
    document = tomlkit.parse(before)
    axis: Any = document["scrapy"]
    if not isinstance(axis, Array):
        raise ConfigurationError(
            value=f"{path}: scrapy",
            cause="is not a list of inline tables",
            action="write it as scrapy = [{ ... }, ...]",
        )
    updates = tuple(_apply(axis, spec, releases))
    if updates:
        text = _with_changes(before, document.as_string())
        parse_matrix(text, path)
        _replace(path, text)
    return updates


def _apply(axis: Array, spec: MatrixSpec, releases: Iterable[Release]) -> Iterable[Update]:
    usable = [release for release in releases if not release.yanked and not release.version.is_prerelease]
    newest = {_minor(release.version): release for release in usable}  # Oldest first: the last one stays.
    known = {_minor(scrapy.version): scrapy for scrapy in spec.scrapys if scrapy.first is not None}
    for minor, release in newest.items():
        current = known.get(minor)
        if current is not None and release.version > current.version:
            _move(axis, current.label, release)
            yield Update(version=str(release.version), previous=current.label, released=release.day)
        elif current is None and all(minor > other for other in known):
            first = min(other.day for other in usable if _minor(other.version) == minor)
            axis.add_line(_entry(release, first), indent="  ")
            yield Update(version=str(release.version), previous=None, released=release.day)


def _with_changes(before: str, after: str) -> str:
    """`before` with the lines that differ in `after`, and only those.

    tomlkit does not keep every space (it drops the one between a day and the end of an inline table), so what differs
    is seen against what it makes of the unchanged text, which has the same lines.
    """
    original, plain = before.splitlines(keepends=True), tomlkit.parse(before).as_string().splitlines(keepends=True)
    changed = after.splitlines(keepends=True)
    lines: list[str] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, plain, changed, autojunk=False).get_opcodes():
        lines += original[start:end] if tag == "equal" else changed[new_start:new_end]
    return "".join(lines)


def _minor(version: Version) -> tuple[int, ...]:
    return version.release[:2]


def _requires_python(release: Release) -> str:
    if release.requires_python is None:
        raise IndexUnavailableError(
            value=f"Scrapy {release.version}",
            cause="the index does not tell what Python it requires",
            action="add the release to the matrix by hand, or use another index",
        )
    return release.requires_python


def _move(axis: Array, label: str, release: Release) -> None:
    for entry in axis:
        if isinstance(entry, InlineTable) and entry.get("version") == label and "name" not in entry:
            entry["version"] = str(release.version)
            entry["released"] = release.day
            entry["requires-python"] = _requires_python(release)


def _entry(release: Release, first: date) -> InlineTable:
    # Parsed rather than built: tomlkit writes tables of its own making without the spaces.
    text = (
        f'{{ version = "{release.version}", first = {first}, released = {release.day}, '
        f'requires-python = "{_requires_python(release)}" }}'
    )
    return cast("InlineTable", tomlkit.parse(f"entry = {text}")["entry"])


def _replace(path: Path, text: str) -> None:
    """Writes whole or not at all, keeping line ends and permissions."""
    try:
        with replacing(path) as draft:
            draft.write_text(text, encoding="utf-8", newline="")
            draft.chmod(path.stat().st_mode)
    except OSError as error:
        raise StorageError(
            value=str(path), cause=f"cannot be written: {error}", action="make room, or make it writable"
        ) from error
