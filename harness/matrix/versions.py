"""Versions as people write them: `2.13`, `>=2.11`, `>=2.4,<2.9`, `pypy*`.

A comparison is made as precisely as it is written: `<=2.13` and `==2.13` include 2.13.4, `==2.13.4` is that
release alone, and 2.15.0.dev0 counts as 2.15. A bare version is a prefix: `2.13` is 2.13.*, `2.1` is not 2.13.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.version import Version

from harness.infra.toml_errors import RefusedError

_BARE = re.compile(r"\d+(\.\d+)*(\.\*)?")
_COMPARISON = re.compile(r"[<>=!~]")
_MINOR = 2


@lru_cache(maxsize=1000)
def known_version(text: str) -> Version:
    """Return the version that a text is, of which there are few; `InvalidVersion` if it is none."""
    return Version(text)


class VersionRange:
    """Comparisons that must all hold. Those written alike are equal."""

    # No dataclass: msgspec would take it for a table of a file.
    __slots__ = ("clauses", "text")

    def __init__(self, text: str) -> None:
        """`ValueError` with a readable cause if `text` describes no range."""
        clauses = []
        for part in (part.strip() for part in text.split(",")):
            written = f"=={part.removesuffix('.*')}.*" if _BARE.fullmatch(part) else part
            try:
                clauses.append(Specifier(written))
            except InvalidSpecifier:
                raise ValueError(f"{part!r} is neither a version nor a comparison such as '>=2.11'") from None
        self.text = text
        self.clauses = tuple(clauses)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VersionRange) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def contains(self, version: Version) -> bool:
        """Whether every comparison holds for `version`."""
        return all(_holds(clause, version) for clause in self.clauses)


def _holds(clause: Specifier, version: Version) -> bool:
    if clause.operator not in {"~=", "==="} and not clause.version.endswith(".*"):
        precision = len(Version(clause.version).release)
        if precision <= _MINOR:
            version = Version(".".join(map(str, version.release[:precision])))
    return clause.contains(version, prereleases=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPattern:
    """One item of a list of versions: a range, or a shell glob over names such as `pypy*`, `main`, `*`."""

    text: str
    range: VersionRange | None

    @classmethod
    def parse(cls, text: str) -> VersionPattern:
        """The pattern that `text` describes; `ValueError` if it looks like a version and is none."""
        is_range = _COMPARISON.match(text) or (text[:1].isdigit() and not _is_glob(text))
        return cls(text=text, range=VersionRange(text) if is_range else None)

    def matches(self, name: str, version: Version | None) -> bool:
        """Whether it selects what is called `name`; ranges never select what has no `version`."""
        if self.range is None:
            return fnmatchcase(name, self.text)
        return version is not None and self.range.contains(version)


def check_requirement(key: str, text: str) -> None:
    """Raise `RefusedError` unless a text is a requirement as pip writes it."""
    try:
        Requirement(text)
    except InvalidRequirement:
        raise RefusedError(key, cause="is not a requirement", action="write it as pip would, e.g. w3lib<2.5") from None


class VersionPatterns(tuple[VersionPattern, ...]):
    """Any of which selects; none at all: everything."""

    __slots__ = ()


def _is_glob(text: str) -> bool:
    return not _BARE.fullmatch(text) and any(character in text for character in "*?[")


def parse_patterns(texts: Iterable[str]) -> tuple[VersionPattern, ...]:
    """The patterns in `texts`, each of which may hold several, separated by commas.

    Neighbouring comparisons are one range, all of which must hold (`>=2.4,<2.9`). Everything else stands alone
    (`3.10,3.12,pypy*`). `ValueError` for what cannot be read.
    """
    items: list[str] = []
    for text in texts:
        joinable = False
        for part in (part.strip() for part in text.split(",")):
            comparison = _COMPARISON.match(part) is not None
            if comparison and joinable:
                items[-1] += f",{part}"
            else:
                items.append(part)
            joinable = comparison
    if not all(items):
        raise ValueError("an item of the list is empty")
    return tuple(VersionPattern.parse(item) for item in items)


def any_matches(patterns: tuple[VersionPattern, ...], name: str, version: Version | None) -> bool:
    """Whether one of `patterns` selects `name`, or there are none: no filter selects everything."""
    return not patterns or any(pattern.matches(name, version) for pattern in patterns)
