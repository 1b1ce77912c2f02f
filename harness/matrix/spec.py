"""What `matrix.toml` says, typed. Made and validated by `harness.matrix.load`; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from harness.infra.platforms import Platform
from harness.infra.toml import Several, Text, TomlRecord
from harness.infra.toml_errors import RefusedError
from harness.matrix.axes import Lane, Profile, Python, ScopedRequirement, Scrapy
from harness.matrix.pin_sets import Pairs, PinState
from harness.matrix.versions import VersionPattern, VersionPatterns, any_matches

NEWEST_ERA_REASON = "same as latest until the next release"
NOTHING_HELD_REASON = "same as latest: nothing needs to be held back"
NO_PINS_REASON = "nobody has looked yet for what has to be held back: `scrapy-compat pins` does"


MEMORY = 2 << 30
"""Bytes that a batch of cells may hold in memory, unless the matrix says otherwise."""
_NEWEST = "newest"


class Exclusion(TomlRecord, frozen=True, kw_only=True):
    """Environments or lanes left out by hand; what is empty excludes along no axis."""

    reason: Text
    platforms: Several[Platform] = msgspec.field(name="platform", default=Several())
    pythons: VersionPatterns = msgspec.field(name="python", default=VersionPatterns())
    scrapys: VersionPatterns = msgspec.field(name="scrapy", default=VersionPatterns())
    profiles: Several[str] = msgspec.field(name="profile", default=Several())
    lanes: Several[str] = msgspec.field(name="lane", default=Several())
    """Shell globs; empty: whole environments."""

    def __post_init__(self) -> None:
        if not any((self.platforms, self.pythons, self.scrapys, self.profiles, self.lanes)):
            action = "name a platform, python, scrapy, profile or lane"
            raise RefusedError("reason", cause="excludes everything", action=action)

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


class PlanRule(TomlRecord, frozen=True, kw_only=True):
    """One selection of a plan: what satisfies all of it is in the plan."""

    pythons: VersionPatterns = msgspec.field(name="python", default=VersionPatterns())
    releases: VersionPatterns = msgspec.field(name="scrapy", default=VersionPatterns())
    """`newest` alone: only the newest release that a Python can have."""
    profiles: Several[str] = Several()
    lanes: Several[str] = Several()
    scenarios: Several[str] = Several()
    core: bool = False
    """Only the core scenarios."""
    families: Several[str] = Several()
    """Only scenarios of these families; empty: of all."""
    heavy: bool = True
    """Whether heavy scenarios are asked, too."""
    loop_matters: bool = False
    """Only scenarios whose answer may depend on the event loop."""
    platforms: Several[Platform] = Several()
    """Empty: those that no `[platform.*]` describes as like another."""

    @property
    def newest(self) -> bool:
        """Whether it selects only the newest release that a Python can have."""
        return [pattern.text for pattern in self.releases] == [_NEWEST]

    @property
    def scrapys(self) -> tuple[VersionPattern, ...]:
        """The releases that it selects; empty: all, or whatever is newest."""
        return () if self.newest else self.releases


class PlatformSpec(TomlRecord, frozen=True, kw_only=True):
    """A platform that has what another one has: the same lanes, observed in the same way."""

    like: Platform
    description: Text
    constraints: tuple[ScopedRequirement, ...] = msgspec.field(name="constraint", default=())
    """What it cannot run is held back by these."""


class PlanSpec(TomlRecord, frozen=True, kw_only=True):
    """A named plan."""

    description: Text
    rules: tuple[PlanRule, ...] = msgspec.field(name="select", default=())
    adapts: bool = False
    """Whether what it asks is asked on other Pythons where those that it names are not there."""

    def __post_init__(self) -> None:
        if not self.rules:
            raise RefusedError("select", cause="selects nothing", action="add at least one selection")


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
    platforms: Mapping[str, PlatformSpec] = field(default_factory=dict)
    """Those that are like another one, by name."""
    pins: Pairs = field(default_factory=dict)
    """What has to be held back, as far as that is known."""
    pins_file: Path | None = None
    """Where that is written."""
    memory: int = MEMORY
    """Bytes that a batch of cells may hold in memory."""

    def lanes_of(self, platform: str) -> tuple[Lane, ...]:
        """The lanes that a platform has."""
        return tuple(lane for lane in self.lanes if platform in lane.platforms)

    def alike(self, platform: str) -> frozenset[str]:
        """A platform and the one that it is like, if there is one."""
        other = self.platforms.get(platform)
        return frozenset((platform,) if other is None else (platform, other.like))

    def pythons_of(self, platform: str) -> tuple[Python, ...]:
        """The Pythons that any plan asks for on a platform."""
        rules = [rule for plan in self.plans.values() for rule in plan.rules if self.is_for(rule, platform)]
        return tuple(
            python
            for python in self.pythons
            if any(any_matches(rule.pythons, python.key, python.version) for rule in rules)
        )

    def is_for(self, rule: PlanRule, platform: str) -> bool:
        """Whether a rule of a plan speaks of a platform; of one that is like another only where it names it."""
        return platform in rule.platforms if rule.platforms else platform not in self.platforms

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
        if profile.cutoff is not None:
            computed = self._eraless(python, scrapy)
        elif profile.pins:
            computed = self._unpinned(python, scrapy)
        if computed is not None:
            return computed
        for exclusion in self.exclusions:
            if not exclusion.lanes and exclusion.covers(platform, python, scrapy, profile.name):
                return exclusion.reason
        return None

    def starts(self, platform: str, python: Python, scrapy: Scrapy, profile: Profile) -> bool:
        """Return whether a crawl starts in an environment, as far as is known.

        Of a pair that nobody has looked at (see `harness.matrix.pins_file`) that is assumed. Where nothing helps to
        start with packages of today, those of the release's time are no help either: what stops it is that Python.
        """
        if self.exclusion(platform, python, scrapy, profile) is not None:
            return False
        pins = self.pins.get((scrapy.label, python.key))
        if pins is None or pins.state is PinState.NOTHING_NEEDED:
            return True
        return pins.state is PinState.HELD_BACK and (profile.pins or profile.cutoff is not None)

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
        if pins.state is PinState.NOTHING_NEEDED:
            return NOTHING_HELD_REASON
        return f"no pins help: {pins.stopped_by}" if pins.state is PinState.STOPPED else None

    def constraints(self, platform: str, python: Python, scrapy: Scrapy, profile: Profile) -> tuple[str, ...]:
        """What holds packages back in an environment, as requirements."""
        alike = self.platforms.get(platform)
        scoped = (*profile.constraints, *(alike.constraints if alike is not None else ()))
        written = tuple(each.requirement for each in scoped if each.scrapy.contains(scrapy.version))
        pins = self.pins.get((scrapy.label, python.key)) if profile.pins else None
        return written if pins is None else (*written, *(pin.requirement for pin in pins.pins))

    def additions(self, python: Python, scrapy: Scrapy, profile: Profile) -> tuple[str, ...]:
        """Return the packages that are installed beside Scrapy in an environment, as requirements."""
        pins = self.pins.get((scrapy.label, python.key)) if profile.pins else None
        return () if pins is None else tuple(each.package for each in pins.added)
