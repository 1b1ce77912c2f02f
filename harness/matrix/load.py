"""matrix.toml -> MatrixSpec. Whatever it does not know or cannot be is refused with what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.infra import resources
from harness.infra.errors import ConfigurationError
from harness.infra.toml import TomlTable
from harness.matrix.axes import Python, Scrapy
from harness.matrix.pins_file import read_pins
from harness.matrix.sections import read_exclusion, read_lanes, read_plan, read_platform, read_profile
from harness.matrix.spec import MEMORY, MatrixSpec
from harness.matrix.values import read_day, read_direct_requirement, read_folders, read_size

MATRIX_FILE = "matrix.toml"

_PYTHON_KEY = re.compile(r"(pypy)?(3\.\d+)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RELEASE = re.compile(r"\d+\.\d+\.\d+")


def find_matrix(explicit: Path | None = None) -> Path:
    """The matrix to use: `explicit`, else `matrix.toml` of the working directory, else the one shipped.

    `ConfigurationError` if `explicit` is no file.
    """
    if explicit is not None:
        if explicit.is_file():
            return explicit
        raise ConfigurationError(
            value=str(explicit), cause="is not a file", action=f"name a {MATRIX_FILE}, or leave the option out"
        )
    local = Path(MATRIX_FILE)
    return local if local.is_file() else resources.matrix_file()


def load_matrix(path: Path) -> MatrixSpec:
    """The matrix in `path`; `ConfigurationError` names file, key, value and what would be right."""
    return _read(TomlTable.load(path), path.parent)


def parse_matrix(text: str, path: Path) -> MatrixSpec:
    """The matrix in `text`, which stands or will stand in `path`; errors as in `load_matrix`."""
    return _read(TomlTable.parse(text, file=str(path)), path.parent)


def _read(root: TomlTable, directory: Path) -> MatrixSpec:
    pythons = tuple(_read_python(table) for table in root.tables("pythons"))
    scrapys = tuple(_read_scrapy(table, directory) for table in root.tables("scrapy"))
    _refuse_twice(root, "pythons", (python.key for python in pythons))
    _refuse_twice(root, "scrapy", (scrapy.label for scrapy in scrapys))
    # Eras are cut where the next minor begins: two entries of one minor would have no era.
    _refuse_twice(root, "scrapy", (scrapy.minor for scrapy in scrapys))
    profiles = tuple(read_profile(name, table) for name, table in root.table("profile").named().items())
    if not (pythons and scrapys and profiles):
        empty = "pythons" if not pythons else "scrapy" if not scrapys else "profile"
        raise root.refusal(empty, "has no entry", "add at least one")
    platforms = {name: read_platform(name, table) for name, table in root.table("platform").named().items()}
    lanes = read_lanes(root, platforms.values())
    profile_names = [profile.name for profile in profiles]
    lane_names = [lane.name for lane in lanes]
    exclusions = tuple(read_exclusion(table, profile_names, lane_names) for table in root.tables("exclude"))
    plans = {
        name: read_plan(name, table, profile_names, lane_names) for name, table in root.table("plan").named().items()
    }
    scenarios = read_folders(root, "scenarios", directory)
    pins_file = directory / root.required("pins", str) if root.has("pins") else None
    memory = read_size(root, "memory") if root.has("memory") else MEMORY
    root.finish()
    return MatrixSpec(
        pythons=pythons,
        scrapys=scrapys,
        profiles=profiles,
        lanes=lanes,
        exclusions=exclusions,
        plans=plans,
        scenarios=scenarios,
        memory=memory,
        platforms=platforms,
        pins={} if pins_file is None else read_pins(pins_file),
        pins_file=pins_file,
    )


def _refuse_twice(root: TomlTable, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigurationError(
                value=f"{root.file}: {key}: {name!r}", cause="is there twice", action="keep one of the two"
            )
        seen.add(name)


def _read_python(table: TomlTable) -> Python:
    key = table.required("key", str)
    match = _PYTHON_KEY.fullmatch(key)
    if match is None:
        raise table.refusal("key", "is not a Python", "write it as 3.12 or pypy3.11")
    python = Python(key=key, released=read_day(table, "released"), language=Version(match[2]))
    table.finish()
    return python


def _read_scrapy(table: TomlTable, directory: Path) -> Scrapy:
    text = table.required("version", str)
    try:
        version = Version(text)
    except InvalidVersion:
        raise table.refusal("version", "is not a version", "write it as 2.13.4") from None
    specifier = table.required("requires-python", str)
    try:
        requires_python = SpecifierSet(specifier)
    except InvalidSpecifier:
        raise table.refusal("requires-python", "is not a version specifier", "write it as >=3.10") from None
    if table.has("name") or table.has("requirement"):
        label = table.required("name", str)
        if not _NAME.fullmatch(label):
            raise table.refusal("name", "cannot be part of an id", "use lower-case letters, digits and _")
        requirement = read_direct_requirement(table, "requirement", directory)
        first = released = None
    else:
        if not _RELEASE.fullmatch(text):
            raise table.refusal("version", "is not the full version of a release", "write it as 2.13.4")
        label, requirement = text, f"scrapy=={text}"
        first, released = read_day(table, "first"), read_day(table, "released")
        if released < first:
            raise table.refusal("released", f"is before the minor's first release, {first}", "correct one of the two")
    table.finish()
    return Scrapy(
        label=label,
        version=version,
        requirement=requirement,
        requires_python=requires_python,
        first=first,
        released=released,
    )
