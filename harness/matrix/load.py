"""matrix.toml -> MatrixSpec. Whatever it does not know or cannot be is refused with what would be right."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import field

from harness.infra import resources
from harness.infra.errors import ConfigurationError
from harness.infra.platforms import Platform
from harness.infra.toml import Several, Text, TomlFile, TomlRecord
from harness.infra.toml_errors import RefusedError, suggestion
from harness.matrix.axes import Profile, ProfileTable, Python, Scrapy
from harness.matrix.lane_halves import LaneHalf, make_lane
from harness.matrix.pins_file import read_pins
from harness.matrix.spec import MEMORY, Exclusion, MatrixSpec, PlanSpec, PlatformSpec
from harness.matrix.values import PARSERS, direct_requirement, parse_size

MATRIX_FILE = "matrix.toml"

_RELEASE = re.compile(r"\d+\.\d+\.\d+")
_ProfileName = Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]


class LanesTable(TomlRecord, frozen=True, kw_only=True):
    """`[lanes]`."""

    names: Several[str] = Several()


class MatrixTable(TomlRecord, frozen=True, kw_only=True):
    """The whole file."""

    pythons: tuple[Python, ...] = ()
    scrapy: tuple[Scrapy, ...] = ()
    profile: dict[_ProfileName, ProfileTable] = field(default_factory=dict)
    platform: dict[Platform, PlatformSpec] = field(default_factory=dict)
    reactor: dict[str, LaneHalf] = field(default_factory=dict)
    loop: dict[str, LaneHalf] = field(default_factory=dict)
    lanes: LanesTable = LanesTable()
    exclude: tuple[Exclusion, ...] = ()
    plan: dict[str, PlanSpec] = field(default_factory=dict)
    scenarios: Several[str] = Several()
    pins: Text | None = None
    memory: Text | None = None

    def __post_init__(self) -> None:
        for key in ("pythons", "scrapy", "profile"):
            if not getattr(self, key):
                raise RefusedError(key, cause="has no entry", action="add at least one")
        if not self.lanes.names:
            raise RefusedError("lanes", "names", cause="lists no lane", action="add at least one")


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


def open_matrix(explicit: Path | None = None) -> MatrixSpec:
    """Return the matrix that `find_matrix` finds. With the one shipped, what `pins` found here goes before what ships.

    Raises as `load_matrix`.
    """
    path = find_matrix(explicit)
    spec = load_matrix(path)
    if explicit is not None or path != resources.matrix_file():
        return spec
    # Others may use what is installed, or install it anew: nothing is written there.
    learned = resources.learned_pins_file()
    return replace(spec, pins={**spec.pins, **read_pins(learned)}, pins_file=learned)


def load_matrix(path: Path) -> MatrixSpec:
    """Return the matrix in `path`; `ConfigurationError` names file, key, value and what would be right."""
    return _read(TomlFile.load(path), path.parent)


def parse_matrix(text: str, path: Path) -> MatrixSpec:
    """Return the matrix in `text`, which stands or will stand in `path`; errors as in `load_matrix`."""
    return _read(TomlFile.parse(text, name=str(path)), path.parent)


def _read(file: TomlFile, directory: Path) -> MatrixSpec:
    table = file.decode(MatrixTable, PARSERS)
    with file.at():
        _refuse_twice("pythons", (python.key for python in table.pythons))
        _refuse_twice("scrapy", (scrapy.label for scrapy in table.scrapy))
        # Eras are cut where the next minor begins: two entries of one minor would have no era.
        _refuse_twice("scrapy", (scrapy.minor for scrapy in table.scrapy))
        folders = tuple(_folder(directory / name) for name in table.scenarios)
        memory = MEMORY if table.memory is None else parse_size("memory", table.memory)
    scrapys = []
    for number, scrapy in enumerate(table.scrapy):
        with file.at("scrapy", number):
            scrapys.append(_with_requirement(scrapy, directory))
    with file.at("lanes"):
        lanes = tuple(make_lane(name, table.reactor, table.loop, table.platform) for name in table.lanes.names)
    _check_references(file, table)
    pins_file = None if table.pins is None else directory / table.pins
    return MatrixSpec(
        pythons=table.pythons,
        scrapys=tuple(scrapys),
        profiles=tuple(Profile(name=name, **msgspec.structs.asdict(each)) for name, each in table.profile.items()),
        lanes=lanes,
        exclusions=table.exclude,
        plans=table.plan,
        scenarios=folders,
        memory=memory,
        platforms=dict(table.platform.items()),
        pins={} if pins_file is None else read_pins(pins_file),
        pins_file=pins_file,
    )


def _refuse_twice(key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise RefusedError(key, cause=f"{name!r} is there twice", action="keep one of the two")
        seen.add(name)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        action = "name folders; they count from that file's"
        raise RefusedError("scenarios", cause=f"there is no folder {path}", action=action)
    return path


def _with_requirement(scrapy: Scrapy, directory: Path) -> Scrapy:
    """Return a direct reference as the resolver takes it, a release as it is."""
    if scrapy.reference is not None:
        reference = direct_requirement("requirement", scrapy.reference, directory)
        return msgspec.structs.replace(scrapy, reference=reference)
    if not _RELEASE.fullmatch(scrapy.label):
        raise RefusedError("version", cause="is not the full version of a release", action="write it as 2.13.4")
    return scrapy


def _check_references(file: TomlFile, table: MatrixTable) -> None:
    """Refuse profiles and lanes that are named somewhere and that there are not."""
    lanes = table.lanes.names
    for number, exclusion in enumerate(table.exclude):
        with file.at("exclude", number):
            _refuse_unknown("profile", exclusion.profiles, table.profile)
            _refuse_unknown("lane", exclusion.lanes, lanes, globs=True)
    for name, plan in table.plan.items():
        for number, rule in enumerate(plan.rules):
            with file.at("plan", name, "select", number):
                _refuse_unknown("profiles", rule.profiles, table.profile)
                _refuse_unknown("lanes", rule.lanes, lanes, globs=True)


def _refuse_unknown(key: str, names: Several[str], known: Collection[str], *, globs: bool = False) -> None:
    for name in names:
        if name not in known and not (globs and any(fnmatchcase(other, name) for other in known)):
            raise RefusedError(key, cause=f"{name!r} is unknown", action=suggestion(name, known))
