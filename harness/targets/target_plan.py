"""Which environments and lanes are asked about a target: what it declares, and one step beyond each end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.infra.errors import ConfigurationError
from harness.infra.toml import Several
from harness.matrix.axes import Profile, Python, Scrapy
from harness.matrix.spec import MatrixSpec, PlanRule, PlanSpec
from harness.matrix.versions import VersionPattern, VersionPatterns, any_matches
from harness.model.ids import EnvironmentId
from harness.plan.plan_records import Plan
from harness.targets.checks import shipped_checks
from harness.targets.declarations import Declarations
from harness.targets.minima import LOWEST
from harness.targets.pre_releases import NEXT
from harness.workspace import Filters, Workspace, load_workspace

TRY = "try"
"""The name of the plan of a target."""
TODAY = Profile(name="today", description="The versions that a project has locked.")
"""The profile that only Scrapy projects have."""
_ASIDE = (LOWEST, NEXT, TODAY)
"""Profiles that only targets have, and that only who asks for them gets."""
_LANES = ("default", "asyncio-default", "asyncio-uvloop", "none-default")
"""One of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An environment that is asked."""

    python: Python
    scrapy: Scrapy
    profile: Profile

    def environment(self, platform: str) -> EnvironmentId:
        """Return what the environment is called on a platform."""
        return EnvironmentId(platform, self.python.key, self.scrapy.label, self.profile.name)

    @property
    def told(self) -> str:
        """It for people."""
        return f"Python {self.python.key}, Scrapy {self.scrapy.label}, {self.profile.name}"


def lanes_of(spec: MatrixSpec, platform: str, asked: Sequence[str], filters: Filters) -> tuple[str, ...]:
    """Return the lanes in which a target is asked on a platform: those asked for, else one of each kind.

    Where a filter chooses lanes, it chooses among all.
    """
    there = [lane.name for lane in spec.lanes_of(platform)]
    return tuple(lane for lane in (there if filters.lane or filters.cell else asked or _LANES) if lane in there)


def control_places(spec: MatrixSpec, platform: str, here: Collection[str], declared: Declarations) -> Sequence[Place]:
    """Return where the suite may run as its author runs it, the best first.

    That is the newest Scrapy that is declared, on the newest Python that is; then each older release. Empty where a
    crawl starts in no environment that the target allows.
    """
    latest = _profiles(spec)[0]
    allowed = _pythons(spec, here, declared.requires_python)
    # What the classifiers name goes before what is merely not excluded; of each the newest first.
    named = [each for each in allowed if each.key in declared.classifiers]
    pythons = (*reversed(named), *(each for each in reversed(allowed) if each not in named))
    found = []
    for scrapy in reversed(_releases(spec, declared.scrapy)):
        starting = [python for python in pythons if spec.starts(platform, python, scrapy, latest)]
        found += [Place(python=python, scrapy=scrapy, profile=latest) for python in starting[:1]]
    return found


def places_of(
    spec: MatrixSpec, platform: str, here: Collection[str], declared: Declarations, filters: Filters
) -> Sequence[Place]:
    """Return the environments that are asked, and that filters may choose from.

    Without a filter on them: each Scrapy release once, on the Python nearest to that of the control on which a crawl
    starts; each Python with the newest and the oldest release that is declared and that it can have. One release and
    one Python beyond each end of what is declared. With one: every environment.
    """
    if filters.python or filters.scrapy or filters.profile or filters.cell:
        return every_place(spec, platform, here, every_profile=bool(filters.profile or filters.cell))
    controls = control_places(spec, platform, here, declared)
    if not controls:
        return ()
    control = controls[0]
    pythons = _beyond(_pythons(spec, here, SpecifierSet()), _pythons(spec, here, declared.requires_python))
    allowed = _releases(spec, declared.scrapy)
    scrapys = _beyond(list(spec.scrapys), allowed)
    found = [control]
    found += [place for scrapy in scrapys if (place := _nearest(spec, platform, control, pythons, scrapy)) is not None]
    for python in pythons:
        known = [place for scrapy in allowed if (place := starting_place(spec, platform, python, scrapy)) is not None]
        found += [*known[-1:], *known[:1]]
    return list(dict.fromkeys(found))


def target_workspace(matrix: Path | None) -> Workspace:
    """Return the matrix with what only targets have: the checks, two profiles. Raises as `load_workspace`."""
    loaded = load_workspace(matrix, (shipped_checks(),))
    profiles = (*loaded.spec.profiles, *_ASIDE)
    known = replace(loaded.known, profiles=(*loaded.known.profiles, *(each.name for each in _ASIDE)))
    return replace(loaded, spec=replace(loaded.spec, profiles=profiles), known=known)


def compared_releases(loaded: Workspace, filters: Filters, against: str) -> tuple[str, str]:
    """Return the release that `--against` names and the one that the filters choose, as labels of the matrix.

    Without a filter the newest. `ConfigurationError` where either is not one release, or both are the same.
    """
    scrapys = [each for each in loaded.spec.scrapys if each.first is not None]

    def chosen(texts: Sequence[str]) -> list[str]:
        selection = Filters(scrapy=texts).over(loaded.known)
        return [each.label for each in scrapys if any_matches(selection.scrapys, each.label, each.version)]

    before, after = chosen([against]), chosen(filters.scrapy) if filters.scrapy else [scrapys[-1].label]
    if len(before) == len(after) == 1 and before != after:
        return before[0], after[0]
    raise ConfigurationError(
        value=f"--scrapy {','.join(filters.scrapy) or after[0]} --against {against}",
        cause=f"compares {', '.join(after)} with {', '.join(before)}: these are not two releases",
        action="name one release each, such as --scrapy 2.19 --against 2.18",
    )


def every_place(spec: MatrixSpec, platform: str, here: Collection[str], *, every_profile: bool) -> list[Place]:
    """Return every environment of this machine in which a crawl may start, for filters to choose from.

    Of each Python and release in one profile, with as little held back as possible; or in `every_profile`.
    """
    found = []
    for python in _pythons(spec, here, SpecifierSet()):
        for scrapy in spec.scrapys:
            starting = [each for each in spec.profiles if each != TODAY]
            starting = [each for each in starting if spec.exclusion(platform, python, scrapy, each) is None]
            if not every_profile:
                starting = [each for each in _profiles(spec) if spec.starts(platform, python, scrapy, each)][:1]
            found += [Place(python=python, scrapy=scrapy, profile=profile) for profile in starting]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChecks:
    """What is asked of a target in one run."""

    places: Sequence[Place]
    lanes: Sequence[str]
    checks: Sequence[str]
    filters: Filters

    def planned(self, loaded: Workspace, platform: str) -> Plan:
        """Return the plan of it, which a workspace with the checks among its scenarios makes, without the target.

        `ConfigurationError` for a wrong filter, and if nothing is left.
        """
        spec = _try_spec(loaded.spec, self)
        return replace(loaded, spec=spec).plan(TRY, (platform,), self.filters.over(loaded.known))


def _try_spec(spec: MatrixSpec, asked: AskedChecks) -> MatrixSpec:
    """Return the matrix with the plan `try`."""
    rules = tuple(
        PlanRule(
            pythons=_only(place.python.key),
            releases=_only(place.scrapy.label),
            profiles=Several([place.profile.name]),
            lanes=Several(asked.lanes),
            scenarios=Several(asked.checks),
        )
        for place in asked.places
    )
    plan = PlanSpec(description="a target", rules=rules)
    return replace(spec, plans={**spec.plans, TRY: plan})


def with_target(plan: Plan, requirements: Sequence[str], target: str) -> Plan:
    """Return a plan whose environments have a target and what its tests need in the same solve as Scrapy."""
    environments = tuple(
        replace(each, additions=tuple(dict.fromkeys((*each.additions, *requirements)))) for each in plan.environments
    )
    return replace(plan, name=f"{TRY} {target}", environments=environments)


def _only(text: str) -> VersionPatterns:
    return VersionPatterns([VersionPattern(text=text, range=None)])


def _profiles(spec: MatrixSpec) -> list[Profile]:
    """Today's packages first, then those with as little as possible held back; the others are for who asks."""
    profiles = [profile for profile in spec.profiles if profile not in _ASIDE]
    return sorted(profiles, key=lambda profile: (profile.cutoff is not None, profile.pins))


def _pythons(spec: MatrixSpec, here: Collection[str], declared: SpecifierSet) -> list[Python]:
    """Return the CPythons of this machine that a target allows, oldest first."""
    return [
        python
        for python in spec.pythons
        if python.version is not None and python.key in here and declared.contains(f"{python.key}.9999")
    ]


def _releases(spec: MatrixSpec, declared: SpecifierSet) -> list[Scrapy]:
    """Return the releases that a target allows, oldest first; the minor counts, of which the matrix has one patch."""
    return [each for each in spec.scrapys if each.first is not None and _allows(declared, each.version)]


def _allows(declared: SpecifierSet, version: Version) -> bool:
    return declared.contains(version, prereleases=True)


def _beyond(every: Sequence[Python] | Sequence[Scrapy], inside: Sequence[object]) -> list:  # type: ignore[type-arg]
    """Return what is inside a range, and one more at each end."""
    numbers = [number for number, each in enumerate(every) if each in inside]
    return list(every[max(0, numbers[0] - 1) : numbers[-1] + 2]) if numbers else []


def _nearest(
    spec: MatrixSpec, platform: str, control: Place, pythons: Sequence[Python], scrapy: Scrapy
) -> Place | None:
    wanted = control.python.language.minor
    for python in sorted(pythons, key=lambda each: abs(each.language.minor - wanted)):
        found = starting_place(spec, platform, python, scrapy)
        if found is not None:
            return found
    return None


def starting_place(spec: MatrixSpec, platform: str, python: Python, scrapy: Scrapy) -> Place | None:
    """Return the environment of a Python and a release in which a crawl starts with as little held back as possible."""
    for profile in _profiles(spec):
        if spec.starts(platform, python, scrapy, profile):
            return Place(python=python, scrapy=scrapy, profile=profile)
    return None
