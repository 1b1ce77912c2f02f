"""The lowest versions that a target declares: what they resolve to beside a release of Scrapy, and what was tested.

uv takes the lowest versions of what is asked for directly (`--resolution lowest-direct`). It is asked for Scrapy and
the target's own dependencies alone: what tests need has no say in it, and is resolved with what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.analysis.ranges import fold, natural_key, short_labels
from harness.environments.lock_request import LockRequest
from harness.environments.lockfiles import entries
from harness.environments.locks import Locks
from harness.interpreters.interpreter import Interpreter
from harness.matrix.axes import Profile
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import Plan, PlannedEnvironment

LOWEST = Profile(name="lowest", description="The lowest versions that the target declares, as far as Scrapy lets them.")
"""The profile that only targets have."""
_BOUNDS = frozenset({">=", ">", "~=", "=="})


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledMinimum:
    """A dependency with a lower bound, and the versions in which it was installed, by release of Scrapy."""

    requirement: str
    versions: tuple[tuple[str, str], ...]
    """Version and ranges of releases."""
    raised: bool
    """Whether the declared minimum was installed nowhere."""


def bounded(requires: Iterable[str]) -> tuple[str, ...]:
    """Return the requirements of a target that name a lowest version, but for Scrapy's, which is an axis."""
    found = [Requirement(text) for text in requires]
    return tuple(
        str(each)
        for each in found
        if canonicalize_name(each.name) != "scrapy"
        and _lower_bounds(each)
        and not (each.marker is not None and "extra" in str(each.marker))
    )


def _declared(requirement: Requirement) -> Version:
    return min(_lower_bounds(requirement))


def _lower_bounds(requirement: Requirement) -> list[Version]:
    return [Version(each.version.removesuffix(".*")) for each in requirement.specifier if each.operator in _BOUNDS]


def lowest_of(
    planned: PlannedEnvironment, requires: Sequence[str], interpreter: Interpreter, locks: Locks
) -> tuple[str, ...]:
    """Return what holds the lowest versions in one environment: `name==version`. Raises as `Locks.get`.

    Where they do not resolve beside Scrapy these are the declared ones, so that the environment says why not.
    """
    asked = bounded(requires)
    if not asked:
        return ()
    request = LockRequest(
        requirement=planned.requirement, interpreter=interpreter, additions=asked, resolution="lowest-direct"
    )
    lock = locks.get(request)
    names = {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, asked)}
    if lock.status is not None:
        return tuple(f"{name}=={_declared(requirement)}" for name, requirement in names.items())
    # What a marker leaves out there is not in it.
    return tuple(f"{entry.name}=={entry.version}" for entry in entries(lock.text) if entry.name in names)


def with_lowest(plan: Plan, lowest: Mapping[str, Sequence[str]]) -> Plan:
    """Return a plan whose environments are held to what is in `lowest`, by environment."""
    environments = tuple(
        replace(each, constraints=(*each.constraints, *lowest.get(each.id, ()))) for each in plan.environments
    )
    return replace(plan, environments=environments)


def installed_minima(
    environments: Iterable[EnvironmentResult], requires: Sequence[str]
) -> tuple[InstalledMinimum, ...]:
    """Return each dependency with a lower bound, with the versions that environments of `lowest` really have."""
    lowest = [each for each in environments if each.profile == LOWEST.name and each.status is None]
    order = sorted({each.scrapy for each in lowest}, key=natural_key)
    labels = short_labels(order)
    short = [labels[each] for each in order]
    found = []
    for text in bounded(requires):
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        releases: dict[str, set[str]] = {}
        for each in lowest:
            if name in each.versions:
                releases.setdefault(each.versions[name], set()).add(labels[each.scrapy])
        if releases:
            found.append(
                InstalledMinimum(
                    requirement=text,
                    versions=tuple((each, fold(releases[each], short)) for each in sorted(releases, key=Version)),
                    raised=min(map(Version, releases)) > _declared(requirement),
                )
            )
    return tuple(found)
