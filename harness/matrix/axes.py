"""The values on the axes of a matrix, typed: Pythons, releases of Scrapy, profiles, lanes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from msgspec import field
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.infra.platforms import Platform
from harness.infra.toml import Several, Text, TomlRecord
from harness.infra.toml_errors import RefusedError
from harness.matrix.versions import VersionRange, check_requirement, known_version

_PYTHON_KEY = re.compile(r"(pypy)?3\.\d+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Python(TomlRecord, frozen=True, kw_only=True):
    """One value of the Python axis."""

    key: str
    """`3.12` or `pypy3.11`."""
    released: date
    """Day of its first final release."""

    def __post_init__(self) -> None:
        if not _PYTHON_KEY.fullmatch(self.key):
            raise RefusedError("key", cause="is not a Python", action="write it as 3.12 or pypy3.11")

    @property
    def language(self) -> Version:
        """The version of the language, for PyPy too."""
        return known_version(self.key.removeprefix("pypy"))

    @property
    def version(self) -> Version | None:
        """What version ranges compare with; None for PyPy, which is selected by name alone.

        `--python 3.11` names one interpreter, and a range of Pythons is a range of CPythons.
        """
        return None if self.key.startswith("pypy") else self.language

    @property
    def tag(self) -> str:
        """`py3.12` or `pypy3.11`, as in ids."""
        return self.key if self.key.startswith("pypy") else f"py{self.key}"


class Scrapy(TomlRecord, frozen=True, kw_only=True):
    """One value of the Scrapy axis: a release, or a direct reference with a name of its own."""

    version: Version
    requires_python: SpecifierSet = field(name="requires-python")
    name: str | None = None
    """Of a direct reference."""
    reference: str | None = field(name="requirement", default=None)
    """The direct reference, if it is one, as `scrapy @ <URL>`."""
    first: date | None = None
    """Day of the first release of its minor; None for a direct reference."""
    released: date | None = None
    """Day of this very release; None for a direct reference."""

    def __post_init__(self) -> None:
        if self.name is None and self.reference is None:
            if self.first is None or self.released is None:
                raise _missing("first" if self.first is None else "released", "a day such as 2020-03-18")
            if self.released < self.first:
                cause = f"is before the minor's first release, {self.first}"
                raise RefusedError("released", cause=cause, action="correct one of the two")
            return
        if self.name is None or self.reference is None:
            raise _missing("name" if self.name is None else "requirement", "a string")
        if not _NAME.fullmatch(self.name):
            cause, action = "cannot be part of an id", "use lower-case letters, digits and _"
            raise RefusedError("name", cause=cause, action=action)
        for key in ("first", "released"):
            if getattr(self, key) is not None:
                raise RefusedError(key, cause="is for releases only", action="take it out")

    @property
    def label(self) -> str:
        """The exact release, or the name of the direct reference; as in ids."""
        return self.name or str(self.version)

    @property
    def requirement(self) -> str:
        """What is handed to the resolver."""
        return self.reference or f"scrapy=={self.version}"

    @property
    def minor(self) -> str:
        """`2.13`, or the name of the direct reference."""
        return self.name or ".".join(map(str, self.version.release[:2]))

    def allows(self, python: Python) -> bool:
        """Whether its `requires-python` admits the newest patch of that Python."""
        return self.requires_python.contains(f"{python.key.removeprefix('pypy')}.9999")


def _missing(key: str, kind: str) -> RefusedError:
    return RefusedError(key, cause="is missing", action=f"add it: {kind}")


class Limit(TomlRecord, frozen=True, kw_only=True):
    """Scrapy releases that something is limited to, and why."""

    scrapy: VersionRange
    reason: Text


class Exempt(Limit, frozen=True, kw_only=True):
    """A package that a profile treats in its own way, for some Scrapy releases."""

    package: Text
    until: date
    platforms: Several[Platform] = Several()
    """Empty: all."""

    def applies(self, platform: str, version: Version) -> bool:
        """Whether it is for that release of Scrapy on that platform."""
        return self.scrapy.contains(version) and (not self.platforms or platform in self.platforms)


class ScopedRequirement(Limit, frozen=True, kw_only=True):
    """A requirement for some Scrapy releases: one that holds a package back, adds it, or names its archive."""

    requirement: str

    def __post_init__(self) -> None:
        check_requirement("requirement", self.requirement)


class ProfileTable(TomlRecord, frozen=True, kw_only=True):
    """What stands under the name of a profile."""

    description: Text
    cutoff: Literal["day-before-next-minor"] | None = None
    """Until when packages are taken; None: there is no such day."""
    pins: bool = False
    """Whether packages are held back where that was found to be needed."""
    exempt: tuple[Exempt, ...] = ()
    constraints: tuple[ScopedRequirement, ...] = field(name="constraint", default=())
    repack: tuple[ScopedRequirement, ...] = ()
    """`name==version` of packages whose source archive uv refuses for its form."""

    def __post_init__(self) -> None:
        if self.exempt and self.cutoff is None:
            cause = "exempts packages from a cut-off that is not there"
            raise RefusedError("exempt", cause=cause, action="add a cutoff")


class Profile(ProfileTable, frozen=True, kw_only=True):
    """A way of resolving dependencies."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A reactor and the loop it runs on, as a user would write it into settings."""

    name: str
    reactor: str
    loop: str | None
    platforms: tuple[str, ...]
    settings: Mapping[str, str | bool | None]
    overlays: tuple[str, ...]
    """Requirements beside Scrapy, with every release."""
    additions: tuple[ScopedRequirement, ...]
    """Requirements beside Scrapy, with some releases."""
    limits: tuple[Limit, ...]
    observed_reactor: Mapping[str, tuple[str, ...]]
    observed_loop: Mapping[str, tuple[str, ...]]

    def unsupported(self, version: Version) -> str | None:
        """Why that Scrapy version has no such lane; None if it has."""
        return next((limit.reason for limit in self.limits if not limit.scrapy.contains(version)), None)

    def overlays_for(self, version: Version) -> tuple[str, ...]:
        """Requirements beside that Scrapy version."""
        scoped = [addition.requirement for addition in self.additions if addition.scrapy.contains(version)]
        return (*self.overlays, *scoped)

    def expected_reactor(self, platform: str) -> tuple[str, ...] | None:
        """Dotted class names, one of which the process must report; empty: no reactor at all; None: any."""
        return self.observed_reactor.get(platform)

    def expected_loop(self, platform: str) -> tuple[str, ...] | None:
        """Dotted class names, one of which the process must report; None: it does not matter."""
        return self.observed_loop.get(platform)
