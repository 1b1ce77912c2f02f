"""What `matrix.toml` says, typed. Made and validated by `harness.matrix.loading`; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.matrix.pins import Pairs, State
from harness.matrix.versions import Pattern, Range, any_matches

PLATFORMS = ("linux", "macos", "windows")

NEWEST_ERA_REASON = "same as latest until the next release"
NOTHING_HELD_REASON = "same as latest: nothing needs to be held back"
NO_PINS_REASON = "nobody has looked yet for what has to be held back: `scrapy-compat pins` does"


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

    scrapy: Range
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """A package that a profile treats in its own way, for some Scrapy releases."""

    scrapy: Range
    reason: str
    package: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedRequirement:
    """A requirement for some Scrapy releases: one that holds a package back, adds it, or names its archive."""

    scrapy: Range
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Environments or lanes left out by hand; what is empty excludes along no axis."""

    reason: str
    platforms: tuple[str, ...]
    pythons: tuple[Pattern, ...]
    scrapys: tuple[Pattern, ...]
    profiles: tuple[str, ...]
    lanes: tuple[str, ...]
    """Shell globs; empty: whole environments."""

    def covers(self, platform: str, python: Python, scrapy: Scrapy, profile: str) -> bool:
        """Whether it is about that environment, or lanes of it."""
        return (
            (not self.platforms or platform in self.platforms)
            and any_matches(self.pythons, python.key, python.version)
            and any_matches(self.scrapys, scrapy.label, scrapy.version)
            and (not self.profiles or profile in self.profiles)
        )

    def covers_lane(self, lane: str) -> bool:
        """Whether it is about that lane."""
        return any(fnmatchcase(lane, glob) for glob in self.lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One selection of a plan: what satisfies all of it is in the plan."""

    pythons: tuple[Pattern, ...]
    scrapys: tuple[Pattern, ...]
    newest: bool
    """Only the newest release that a Python can have."""
    profiles: tuple[str, ...]
    lanes: tuple[str, ...]
    scenarios: tuple[str, ...]
    core: bool
    """Only the core scenarios."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpec:
    """A named plan."""

    name: str
    description: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSpec:
    """The whole matrix. Every sequence is in the order of the file."""

    pythons: tuple[Python, ...]
    scrapys: tuple[Scrapy, ...]
    profiles: tuple[Profile, ...]
    lanes: tuple[Lane, ...]
    exclusions: tuple[Exclusion, ...]
    plans: Mapping[str, PlanSpec]
    scenarios: tuple[Path, ...]
    """Folders of scenarios beside the built-in ones."""
    pins: Pairs = field(default_factory=dict)
    """What has to be held back, as far as that is known."""
    pins_file: Path | None = None
    """Where that is written."""

    def lanes_of(self, platform: str) -> tuple[Lane, ...]:
        """The lanes that a platform has."""
        return tuple(lane for lane in self.lanes if platform in lane.platforms)

    def lane(self, name: str) -> Lane:
        """The lane of that name; `KeyError` if there is none."""
        try:
            return next(lane for lane in self.lanes if lane.name == name)
        except StopIteration:
            raise KeyError(name) from None

    def cutoff(self, scrapy: Scrapy) -> date | None:
        """Last day of the era of a release; None while it is running, and for a direct reference.

        The day before the next minor release, or the day of this patch if that came later.
        """
        if scrapy.first is None or scrapy.released is None:
            return None
        later = [other.first for other in self.scrapys if other.first is not None and other.version > scrapy.version]
        return max(min(later) - timedelta(days=1), scrapy.released) if later else None

    def exclusion(self, platform: str, python: Python, scrapy: Scrapy, profile: Profile) -> str | None:
        """Why the matrix leaves an environment out; None if it does not."""
        if not scrapy.allows(python):
            return f"Scrapy {scrapy.label} requires Python {scrapy.requires_python}"
        computed = None
        if profile.has_cutoff:
            computed = self._eraless(python, scrapy)
        elif profile.has_pins:
            computed = self._unpinned(python, scrapy)
        if computed is not None:
            return computed
        for exclusion in self.exclusions:
            if not exclusion.lanes and exclusion.covers(platform, python, scrapy, profile.name):
                return exclusion.reason
        return None

    def _eraless(self, python: Python, scrapy: Scrapy) -> str | None:
        """Why there is no environment of that release's time; None if there is."""
        cutoff = self.cutoff(scrapy)
        if scrapy.first is None:
            return "a direct reference has no era"
        if cutoff is None:
            return NEWEST_ERA_REASON
        if python.released <= cutoff:
            return None
        name = python.key if python.version is None else f"Python {python.key}"
        return f"{name} was first released on {python.released}, the era ended on {cutoff}"

    def _unpinned(self, python: Python, scrapy: Scrapy) -> str | None:
        """Why there is no environment with pins for them; None if there is."""
        pins = self.pins.get((scrapy.label, python.key))
        if pins is None:
            return NO_PINS_REASON
        if pins.state is State.NOTHING_NEEDED:
            return NOTHING_HELD_REASON
        return f"no pins help: {pins.stopped_by}" if pins.state is State.STOPPED else None

    def constraints(self, python: Python, scrapy: Scrapy, profile: Profile) -> tuple[str, ...]:
        """What holds packages back in an environment, as requirements."""
        written = tuple(each.requirement for each in profile.constraints if each.scrapy.contains(scrapy.version))
        pins = self.pins.get((scrapy.label, python.key)) if profile.has_pins else None
        return written if pins is None else (*written, *(pin.requirement for pin in pins.pins))
