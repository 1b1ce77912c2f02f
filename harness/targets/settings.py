"""`[tool.scrapy-compat]` in the pyproject.toml of a target: what its author can say of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from harness.infra.toml import Several, Text, TomlFile, TomlRecord
from harness.infra.toml_errors import RefusedError, suggestion

PYPROJECT = "pyproject.toml"
TABLE = "scrapy-compat"


class Deselected(TomlRecord, frozen=True, kw_only=True):
    """A test that is left out, and why."""

    test: Text
    """Its node id, or the beginning of it, as pytest's `--deselect` takes it."""
    reason: Text


class TargetSettings(TomlRecord, frozen=True, kw_only=True):
    """The table; every key may be left out, and is found out then."""

    tests: Several[str] = Several()
    """Paths that pytest is given."""
    requires: Several[str] = Several()
    """Requirements of the tests, in place of those that were found."""
    extras: Several[str] = Several()
    """Extras of the target that are installed with it."""
    arguments: tuple[str, ...] = ()
    """Arguments that pytest is given."""
    env: dict[str, str] = msgspec.field(default_factory=dict)
    """Environment variables of the tests."""
    lanes: Several[str] = Several()
    """Lanes that are asked, in place of one of each kind."""
    deselect: tuple[Deselected, ...] = ()
    timeout: int | None = None
    """Seconds that a test may take before it counts as hung; left out: learnt from the control."""
    network: bool = False
    """Whether tests may reach beyond this machine."""
    spiders: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """Arguments of a project's spiders, by spider and name."""

    def __post_init__(self) -> None:
        if self.timeout is not None and self.timeout < 1:
            raise RefusedError("timeout", cause="is no time", action="write seconds, 1 or more")
        for text in self.requires:
            try:
                Requirement(text)
            except InvalidRequirement:
                cause, action = f"{text!r} is not a requirement", "write it as pip would, e.g. pytest>=8"
                raise RefusedError("requires", cause=cause, action=action) from None


class _Tool(msgspec.Struct, frozen=True):
    """The table `tool` of a pyproject.toml, of which only ours is looked at."""

    ours: TargetSettings = msgspec.field(name=TABLE, default_factory=TargetSettings)


class _Pyproject(msgspec.Struct, frozen=True):
    tool: _Tool = msgspec.field(default_factory=_Tool)


def read_settings(folder: Path, lanes: Sequence[str], *, asked: str) -> TargetSettings:
    """Return what a target's pyproject.toml says under `[tool.scrapy-compat]`; nothing set where there is no such file.

    `folder`: its copy. `lanes`: the names that there are. `asked`: the target as it was written, which errors name.
    `ConfigurationError` names file, key, value and what would be right.
    """
    path = folder / PYPROJECT
    if not path.is_file():
        return TargetSettings()
    file = TomlFile.load(path, name=str(Path(asked) / PYPROJECT))
    found = file.decode(_Pyproject).tool.ours
    with file.at("tool", TABLE, "tests"):
        for name in found.tests:
            if not (folder / name.partition("::")[0]).exists():
                raise RefusedError(cause=f"{name!r} is not there", action="name files or folders of the target")
    with file.at("tool", TABLE, "lanes"):
        for lane in found.lanes:
            if lane not in lanes:
                raise RefusedError(cause=f"{lane!r} is no lane", action=suggestion(lane, lanes))
    return found
