"""The values on the axes of a matrix, typed: Pythons, releases of Scrapy, profiles, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.matrix.versions import VersionRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """One value of the Python axis."""

    key: str
    """`3.12` or `pypy3.11`."""
    released: date
    """Day of its first final release."""
    language: Version
    """The version of the language, for PyPy too."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrapy:
    """One value of the Scrapy axis: a release, or a direct reference with a name of its own."""

    label: str
    """The exact release, or the name of the direct reference; as in ids."""
    version: Version
    requirement: str
    """What is handed to the resolver."""
    requires_python: SpecifierSet
    first: date | None
    """Day of the first release of its minor; None for a direct reference."""
    released: date | None
    """Day of this very release; None for a direct reference."""

    @property
    def minor(self) -> str:
        """`2.13`, or the name of the direct reference."""
        return ".".join(map(str, self.version.release[:2])) if self.first is not None else self.label

    def allows(self, python: Python) -> bool:
        """Whether its `requires-python` admits the newest patch of that Python."""
        return self.requires_python.contains(f"{python.key.removeprefix('pypy')}.9999")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Scrapy releases that something is limited to, and why."""

    scrapy: VersionRange
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """A package that a profile treats in its own way, for some Scrapy releases."""

    scrapy: VersionRange
    reason: str
    package: str
    until: date
    platforms: tuple[str, ...]
    """Empty: all."""

    def applies(self, platform: str, version: Version) -> bool:
        """Whether it is for that release of Scrapy on that platform."""
        return self.scrapy.contains(version) and (not self.platforms or platform in self.platforms)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedRequirement:
    """A requirement for some Scrapy releases: one that holds a package back, adds it, or names its archive."""

    scrapy: VersionRange
    reason: str
    requirement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A way of resolving dependencies."""

    name: str
    description: str
    has_cutoff: bool
    """Whether packages are taken as they were on the day before the next minor release."""
    has_pins: bool
    """Whether packages are held back where that was found to be needed."""
    exempt: tuple[Exempt, ...]
    constraints: tuple[ScopedRequirement, ...]
    repack: tuple[ScopedRequirement, ...]
    """`name==version` of packages whose source archive uv refuses for its form."""


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
