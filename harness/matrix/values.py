"""Values of `matrix.toml` that are more than a string: versions, ranges, sizes, requirements."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.infra.toml import Parsers
from harness.infra.toml_errors import RefusedError
from harness.matrix.versions import VersionPatterns, VersionRange, parse_patterns

_SIZE = re.compile(r"([1-9][0-9]{0,6}) ?(MiB|GiB)")
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://")
_ARCHIVES = (".whl", ".tar.gz", ".zip")


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        raise RefusedError(cause="is not a version", action="write it as 2.13.4") from None


def _specifiers(text: str) -> SpecifierSet:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise RefusedError(cause="is not a version specifier", action="write it as >=3.10") from None


def _range(text: str) -> VersionRange:
    try:
        return VersionRange(text)
    except ValueError as error:
        raise RefusedError(cause=str(error), action="write a range such as >=2.4,<2.9") from None


def _patterns(texts: tuple[str, ...]) -> VersionPatterns:
    try:
        return VersionPatterns(parse_patterns(texts))
    except ValueError as error:
        action = "write versions such as 3.12, or ranges such as >=2.4,<2.9"
        raise RefusedError(cause=str(error), action=action) from None


PARSERS: Parsers = {
    Version: _version, SpecifierSet: _specifiers, VersionRange: _range, VersionPatterns: _patterns,
}  # fmt: skip


def parse_size(key: str, text: str) -> int:
    """Return the bytes that a size stands for."""
    found = _SIZE.fullmatch(text)
    if found is None:
        action = "write a whole number of MiB or GiB, such as 2 GiB"
        raise RefusedError(key, cause="is no size", action=action)
    return int(found[1]) << (20 if found[2] == "MiB" else 30)


def direct_requirement(key: str, text: str, directory: Path) -> str:
    """Return a direct reference to Scrapy as `scrapy @ <URL>`.

    It may be written that way, as a URL alone, or as a path, which counts from `directory`.
    """
    name, at, target = text.rpartition(" @ ")
    if at and name.strip().lower() != "scrapy":
        raise RefusedError(key, cause="is not Scrapy", action="write scrapy @ <URL or path>")
    target = target.strip()
    if not _HAS_SCHEME.match(target):
        path = (directory / target).resolve()
        if not (path.is_dir() or (path.is_file() and path.name.endswith(_ARCHIVES))):
            cause = f"there is no source tree, wheel or archive at {path}"
            raise RefusedError(key, cause=cause, action="name a URL or a path")
        target = path.as_uri()
    try:
        return str(Requirement(f"scrapy @ {target}"))
    except InvalidRequirement as error:
        cause = f"is not a direct reference: {error}"
        raise RefusedError(key, cause=cause, action="write scrapy @ <URL or path>") from None
