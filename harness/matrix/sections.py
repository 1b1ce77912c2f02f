"""The sections of `matrix.toml` that build upon its axes: profiles, reactors, loops, lanes, exclusions, plans."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS
from harness.infra.toml import TomlTable, suggestion
from harness.matrix.axes import Exempt, Lane, Limit, Profile, ScopedRequirement
from harness.matrix.spec import Exclusion, PlanRule, PlanSpec, PlatformSpec
from harness.matrix.values import read_day, read_known, read_names, read_range, read_requirement, read_version_list
from harness.model.ids import LaneName

_PROFILE_NAME = re.compile(r"[a-z]+")
_CUTOFFS = ("day-before-next-minor",)
_NEWEST = "newest"


def read_profile(name: str, table: TomlTable) -> Profile:
    """One `[profile.<name>]`."""
    if not _PROFILE_NAME.fullmatch(name):
        raise ConfigurationError(
            value=f"{table.file}: {table.path}", cause="cannot be part of an id", action="use lower-case letters only"
        )
    profile = Profile(
        name=name,
        description=table.required("description", str),
        has_cutoff=table.has("cutoff") and read_known(table, "cutoff", _CUTOFFS) in _CUTOFFS,
        has_pins=bool(table.optional("pins", bool)),
        exempt=tuple(_read_exempt(entry) for entry in table.tables("exempt")),
        constraints=tuple(_read_scoped(entry) for entry in table.tables("constraint")),
        repack=tuple(_read_scoped(entry) for entry in table.tables("repack")),
    )
    table.finish()
    if profile.exempt and not profile.has_cutoff:
        raise table.refusal("exempt", "exempts packages from a cut-off that is not there", "add a cutoff")
    return profile


def _read_exempt(table: TomlTable) -> Exempt:
    exempt = Exempt(
        scrapy=read_range(table, "scrapy"),
        reason=table.required("reason", str),
        package=table.required("package", str),
        until=read_day(table, "until"),
        platforms=read_names(table, "platforms", PLATFORMS) if table.has("platforms") else (),
    )
    table.finish()
    return exempt


def _read_scoped(table: TomlTable) -> ScopedRequirement:
    scoped = ScopedRequirement(
        scrapy=read_range(table, "scrapy"),
        reason=table.required("reason", str),
        requirement=read_requirement(table, "requirement"),
    )
    table.finish()
    return scoped


def read_platform(name: str, table: TomlTable) -> PlatformSpec:
    """One `[platform.<name>]`."""
    if name not in PLATFORMS:
        raise ConfigurationError(
            value=f"{table.file}: {table.path}", cause="is no platform", action=suggestion(name, PLATFORMS)
        )
    platform = PlatformSpec(
        name=name,
        like=read_known(table, "like", [each for each in PLATFORMS if each != name]),
        description=table.required("description", str),
        constraints=tuple(_read_scoped(entry) for entry in table.tables("constraint")),
    )
    table.finish()
    return platform


@dataclass(frozen=True, slots=True, kw_only=True)
class _LaneHalf:
    """A reactor or a loop: one half of a lane."""

    platforms: tuple[str, ...]
    settings: Mapping[str, str | bool | None]
    observed: Mapping[str, tuple[str, ...]]
    overlays: tuple[str, ...]
    additions: tuple[ScopedRequirement, ...]
    limits: tuple[Limit, ...]
    takes_loops: bool


def read_lanes(root: TomlTable, platforms: Collection[PlatformSpec]) -> tuple[Lane, ...]:
    """The lanes that `[lanes] names` lists, put together from `[reactor.*]` and `[loop.*]`.

    One of `platforms` has the reactors and loops of that which it is like.
    """
    reactors = {name: _read_part(table, platforms) for name, table in root.table("reactor").named().items()}
    loops = {name: _read_part(table, platforms) for name, table in root.table("loop").named().items()}
    table = root.table("lanes")
    lanes = tuple(_read_lane(table, name, reactors, loops) for name in table.strings("names"))
    table.finish()
    if not lanes:
        raise table.refusal("names", "lists no lane", "add at least one")
    return lanes


def _read_part(table: TomlTable, alike: Collection[PlatformSpec]) -> _LaneHalf:
    platforms = read_names(table, "platforms", PLATFORMS)
    if not platforms:
        raise table.refusal("platforms", "names no platform", f"name some of {', '.join(PLATFORMS)}")
    limits: tuple[Limit, ...] = ()
    if table.has("scrapy") or table.has("reason"):
        limits = (Limit(scrapy=read_range(table, "scrapy"), reason=table.required("reason", str)),)
    observed = _read_observed(table, platforms)
    also = {each.name: each.like for each in alike if each.like in platforms and each.name not in platforms}
    observed |= {name: observed[like] for name, like in also.items() if like in observed}
    part = _LaneHalf(
        platforms=(*platforms, *also),
        settings=_read_settings(table.table("settings")),
        observed=observed,
        overlays=(read_requirement(table, "overlay"),) if table.has("overlay") else (),
        additions=tuple(_read_scoped(entry) for entry in table.tables("addition")),
        limits=limits,
        takes_loops=bool(table.optional("loops", bool)),
    )
    table.finish()
    return part


def _read_settings(table: TomlTable) -> dict[str, str | bool | None]:
    settings: dict[str, str | bool | None] = {}
    for key, value in table.values().items():
        if not isinstance(value, str | bool):
            raise table.refusal(key, "is not what a setting of these may be", "write a string, true or false")
        # TOML has no null; the setting that needs one is TWISTED_REACTOR, the platform's own reactor.
        settings[key] = None if value == "" else value
    return settings


def _read_observed(table: TomlTable, platforms: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if not table.has("observed"):
        return {}
    if not table.holds("observed", dict):
        names = table.strings("observed")
        return dict.fromkeys(platforms, names)
    observed = table.table("observed")
    found = {platform: observed.strings(platform) for platform in platforms if observed.has(platform)}
    observed.finish()
    return found


def _read_lane(table: TomlTable, name: str, reactors: Mapping[str, _LaneHalf], loops: Mapping[str, _LaneHalf]) -> Lane:
    reactor_name, loop_name = LaneName.parse(name)
    known = [*(name for name, part in reactors.items() if not part.takes_loops)]
    known += [f"{reactor}-{loop}" for reactor, part in reactors.items() if part.takes_loops for loop in loops]
    reactor = reactors.get(reactor_name)
    if reactor is None:
        raise table.refusal("names", f"{name!r}: there is no reactor {reactor_name!r}", suggestion(name, known))
    if not reactor.takes_loops:
        if loop_name is not None:
            raise table.refusal("names", f"{name!r}: {reactor_name} runs on no loop", f"write {reactor_name}")
        return _lane(name, reactor_name, reactor, None, None)
    loop = None if loop_name is None else loops.get(loop_name)
    if loop is None:
        cause = f"{reactor_name} needs a loop" if loop_name is None else f"there is no loop {loop_name!r}"
        raise table.refusal("names", f"{name!r}: {cause}", suggestion(name, known))
    if not set(reactor.platforms) & set(loop.platforms):
        raise table.refusal("names", f"{name!r}: no platform has both", "take it out")
    return _lane(name, reactor_name, reactor, loop_name, loop)


def _lane(name: str, reactor_name: str, reactor: _LaneHalf, loop_name: str | None, loop: _LaneHalf | None) -> Lane:
    return Lane(
        name=name,
        reactor=reactor_name,
        loop=loop_name,
        platforms=tuple(p for p in reactor.platforms if loop is None or p in loop.platforms),
        settings={**reactor.settings, **(loop.settings if loop else {})},
        overlays=reactor.overlays + (loop.overlays if loop else ()),
        additions=reactor.additions + (loop.additions if loop else ()),
        limits=reactor.limits + (loop.limits if loop else ()),
        observed_reactor=reactor.observed,
        observed_loop=loop.observed if loop else {},
    )


def read_exclusion(table: TomlTable, profiles: Collection[str], lanes: Collection[str]) -> Exclusion:
    """One `[[exclude]]`."""
    exclusion = Exclusion(
        reason=table.required("reason", str),
        platforms=read_names(table, "platform", PLATFORMS),
        pythons=read_version_list(table, "python"),
        scrapys=read_version_list(table, "scrapy"),
        profiles=read_names(table, "profile", profiles),
        lanes=read_names(table, "lane", lanes, globs=True),
    )
    table.finish()
    if not any((exclusion.platforms, exclusion.pythons, exclusion.scrapys, exclusion.profiles, exclusion.lanes)):
        raise table.refusal("reason", "excludes everything", "name a platform, python, scrapy, profile or lane")
    return exclusion


def read_plan(name: str, table: TomlTable, profiles: Collection[str], lanes: Collection[str]) -> PlanSpec:
    """One `[plan.<name>]` with its `[[plan.<name>.select]]`."""
    rules = tuple(_read_rule(entry, profiles, lanes) for entry in table.tables("select"))
    plan = PlanSpec(
        name=name,
        description=table.required("description", str),
        rules=rules,
        adapts=bool(table.optional("adapts", bool)),
    )
    table.finish()
    if not rules:
        raise table.refusal("select", "selects nothing", "add at least one selection")
    return plan


def _read_rule(table: TomlTable, profiles: Collection[str], lanes: Collection[str]) -> PlanRule:
    newest = table.strings("scrapy") == (_NEWEST,)
    rule = PlanRule(
        pythons=read_version_list(table, "python"),
        scrapys=() if newest else read_version_list(table, "scrapy"),
        newest=newest,
        profiles=read_names(table, "profiles", profiles),
        lanes=read_names(table, "lanes", lanes, globs=True),
        scenarios=table.strings("scenarios"),
        core=bool(table.optional("core", bool)),
        families=table.strings("families"),
        heavy=table.optional("heavy", bool) is not False,
        loop_matters=bool(table.optional("loop_matters", bool)),
        platforms=read_names(table, "platforms", PLATFORMS) if table.has("platforms") else (),
    )
    table.finish()
    return rule
