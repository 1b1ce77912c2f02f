"""Values of `matrix.toml` that are more than a string: days, ranges, names of what is declared elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from harness.infra.toml import TomlTable, suggestion
from harness.matrix.versions import VersionPattern, VersionRange, parse_patterns

_SIZE = re.compile(r"([1-9][0-9]{0,6}) ?(MiB|GiB)")
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://")
_ARCHIVES = (".whl", ".tar.gz", ".zip")


def read_day(table: TomlTable, key: str) -> date:
    """The day at `key`."""
    return table.required(key, date)


def read_size(table: TomlTable, key: str) -> int:
    """Return the bytes that the size at `key` stands for."""
    found = _SIZE.fullmatch(table.required(key, str))
    if found is None:
        raise table.refusal(key, "is no size", "write a whole number of MiB or GiB, such as 2 GiB")
    return int(found[1]) << (20 if found[2] == "MiB" else 30)


def read_range(table: TomlTable, key: str) -> VersionRange:
    """The version range at `key`."""
    try:
        return VersionRange.parse(table.required(key, str))
    except ValueError as error:
        raise table.refusal(key, str(error), "write a range such as >=2.4,<2.9") from None


def read_version_list(table: TomlTable, key: str) -> tuple[VersionPattern, ...]:
    """The list of versions at `key`, written as on the command line; empty if there is none."""
    try:
        return parse_patterns(table.strings(key))
    except ValueError as error:
        raise table.refusal(key, str(error), "write versions such as 3.12, or ranges such as >=2.4,<2.9") from None


def read_known(table: TomlTable, key: str, known: Collection[str]) -> str:
    """The name at `key`, which must be one of `known`."""
    name = table.required(key, str)
    if name not in known:
        raise table.refusal(key, "is unknown", suggestion(name, known))
    return name


def read_names(table: TomlTable, key: str, known: Collection[str], *, globs: bool = False) -> tuple[str, ...]:
    """The names at `key`, each one of `known` or, with `globs`, a shell glob that some of them match."""
    names = table.strings(key)
    for name in names:
        if name not in known and not (globs and any(fnmatchcase(other, name) for other in known)):
            raise table.refusal(key, f"{name!r} is unknown", suggestion(name, known))
    return names


def read_requirement(table: TomlTable, key: str) -> str:
    """The requirement at `key`, as pip writes it."""
    text = table.required(key, str)
    try:
        Requirement(text)
    except InvalidRequirement:
        raise table.refusal(key, "is not a requirement", "write it as pip would, e.g. w3lib<2.5") from None
    return text


def read_folders(table: TomlTable, key: str, directory: Path) -> tuple[Path, ...]:
    """The folders at `key`, which count from `directory`; empty if there are none."""
    folders = tuple(directory / name for name in table.strings(key))
    for folder in folders:
        if not folder.is_dir():
            raise table.refusal(key, f"there is no folder {folder}", "name folders; they count from that file's")
    return folders


def read_direct_requirement(table: TomlTable, key: str, directory: Path) -> str:
    """The direct reference to Scrapy at `key`, as `scrapy @ <URL>`.

    It may be written that way, as a URL alone, or as a path, which counts from `directory`.
    """
    text = table.required(key, str)
    name, at, target = text.rpartition(" @ ")
    if at and name.strip().lower() != "scrapy":
        raise table.refusal(key, "is not Scrapy", "write scrapy @ <URL or path>")
    target = target.strip()
    if not _HAS_SCHEME.match(target):
        path = (directory / target).resolve()
        if not (path.is_dir() or (path.is_file() and path.name.endswith(_ARCHIVES))):
            raise table.refusal(key, f"there is no source tree, wheel or archive at {path}", "name a URL or a path")
        target = path.as_uri()
    try:
        return str(Requirement(f"scrapy @ {target}"))
    except InvalidRequirement as error:
        raise table.refusal(key, f"is not a direct reference: {error}", "write scrapy @ <URL or path>") from None
