"""Lanes, put together from their halves: `[reactor.*]` and `[loop.*]` of `matrix.toml`."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from harness.infra.platforms import PLATFORMS, Platform
from harness.infra.toml import Several, Text, TomlRecord
from harness.infra.toml_errors import RefusedError, suggestion
from harness.matrix.axes import Lane, Limit, ScopedRequirement
from harness.matrix.spec import PlatformSpec
from harness.matrix.versions import VersionRange, check_requirement
from harness.model.ids import LaneName


class LaneHalf(TomlRecord, frozen=True, kw_only=True):
    """A reactor or a loop: one half of a lane."""

    platforms: Several[Platform] = Several()
    settings: dict[str, str | bool] = field(default_factory=dict)
    """An empty text stands for None: TOML has no null, and the setting that needs one is `TWISTED_REACTOR`."""
    observed: Text | tuple[Text, ...] | dict[Platform, Several[str]] | None = None
    """What the process reports; by platform where that differs."""
    overlay: str | None = None
    additions: tuple[ScopedRequirement, ...] = field(name="addition", default=())
    scrapy: VersionRange | None = None
    reason: Text | None = None
    """Why other releases do not have it."""
    loops: bool = False
    """Whether that reactor runs on a loop that is chosen."""

    def __post_init__(self) -> None:
        if not self.platforms:
            action = f"name some of {', '.join(PLATFORMS)}"
            raise RefusedError("platforms", cause="names no platform", action=action)
        for key, other in (("scrapy", self.reason), ("reason", self.scrapy)):
            if other is not None and getattr(self, key) is None:
                raise RefusedError(key, cause="is missing", action="add it: a string")
        if self.overlay is not None:
            check_requirement("overlay", self.overlay)
        for name in self.observed if isinstance(self.observed, dict) else ():
            if name not in self.platforms:
                cause, action = "is not among its platforms", suggestion(name, self.platforms)
                raise RefusedError("observed", name, cause=cause, action=action)

    def platforms_with(self, like: Mapping[Platform, PlatformSpec]) -> tuple[str, ...]:
        """Return its platforms, then those that are like one of them."""
        others = (name for name, other in like.items() if other.like in self.platforms and name not in self.platforms)
        return (*self.platforms, *others)

    def observed_on(self, platforms: Mapping[Platform, PlatformSpec]) -> dict[str, tuple[str, ...]]:
        """Return what the process reports by platform, of one that is like another the same as of that."""
        if isinstance(self.observed, dict):
            found: dict[str, tuple[str, ...]] = dict(self.observed.items())
        elif self.observed is None:
            found = {}
        else:
            names = (self.observed,) if isinstance(self.observed, str) else self.observed
            found = dict.fromkeys(self.platforms, names)
        like = {name: platforms[name].like for name in platforms if name not in self.platforms}
        return found | {name: found[other] for name, other in like.items() if other in found}


def make_lane(
    name: str,
    reactors: Mapping[str, LaneHalf],
    loops: Mapping[str, LaneHalf],
    platforms: Mapping[Platform, PlatformSpec],
) -> Lane:
    """Return the lane of that name; `RefusedError` if its halves are not there or do not fit."""
    reactor_name, loop_name = LaneName.parse(name)
    known = [name for name, half in reactors.items() if not half.loops]
    known += [f"{reactor}-{loop}" for reactor, half in reactors.items() if half.loops for loop in loops]
    if reactor_name not in reactors:
        raise _refused(f"{name!r}: there is no reactor {reactor_name!r}", suggestion(name, known))
    halves = [reactors[reactor_name]]
    if halves[0].loops:
        if loop_name is None or loop_name not in loops:
            cause = f"{reactor_name} needs a loop" if loop_name is None else f"there is no loop {loop_name!r}"
            raise _refused(f"{name!r}: {cause}", suggestion(name, known))
        halves.append(loops[loop_name])
    elif loop_name is not None:
        raise _refused(f"{name!r}: {reactor_name} runs on no loop", f"write {reactor_name}")
    if not set.intersection(*(set(half.platforms) for half in halves)):
        raise _refused(f"{name!r}: no platform has both", "take it out")
    settings = {key: value for half in halves for key, value in half.settings.items()}
    observed = [half.observed_on(platforms) for half in halves]
    return Lane(
        name=name,
        reactor=reactor_name,
        loop=loop_name,
        platforms=tuple(
            platform
            for platform in halves[0].platforms_with(platforms)
            if all(platform in half.platforms_with(platforms) for half in halves)
        ),
        settings={key: None if value == "" else value for key, value in settings.items()},
        overlays=tuple(half.overlay for half in halves if half.overlay is not None),
        additions=tuple(addition for half in halves for addition in half.additions),
        limits=tuple(
            Limit(scrapy=half.scrapy, reason=half.reason)
            for half in halves
            if half.scrapy is not None and half.reason is not None
        ),
        observed_reactor=observed[0],
        observed_loop=observed[1] if loop_name is not None else {},
    )


def _refused(cause: str, action: str) -> RefusedError:
    return RefusedError("names", cause=cause, action=action)
