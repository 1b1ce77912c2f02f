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
from harness.model.ids import EnvironmentId
from harness.plan.plan_records import Plan, PlannedEnvironment

LOWEST = Profile(name="lowest", description="The lowest versions that the target declares, as far as Scrapy lets them.")
"""The profile that only targets have."""
_BOUNDS = frozenset({">=", ">", "~=", "=="})


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """A dependency with a lower bound, in one environment."""

    requirement: str
    """As the target declares it."""
    name: str
    version: str
    """The lowest that resolves there; the declared one where nothing does."""
    resolves: bool

    @property
    def raised(self) -> bool:
        """Return whether something else needs a newer one."""
        declared = min(_lower_bounds(Requirement(self.requirement)))
        return self.resolves and Version(self.version) > declared

    @property
    def constraint(self) -> str:
        """Return what holds the package there."""
        return f"{self.name}=={self.version}"


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


def _lower_bounds(requirement: Requirement) -> list[Version]:
    return [Version(each.version.removesuffix(".*")) for each in requirement.specifier if each.operator in _BOUNDS]


def minima_of(
    planned: PlannedEnvironment, requires: Sequence[str], interpreter: Interpreter, locks: Locks
) -> tuple[Minimum, ...]:
    """Return the lowest versions of what has a lower bound in one environment. Raises as `Locks.get`."""
    asked = bounded(requires)
    if not asked:
        return ()
    request = LockRequest(
        requirement=planned.requirement, interpreter=interpreter, additions=asked, resolution="lowest-direct"
    )
    lock = locks.get(request)
    found = {} if lock.status is not None else {entry.name: entry.version for entry in entries(lock.text)}
    minima = []
    for text in asked:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if found and name not in found:
            # Its marker leaves it out here.
            continue
        version = found.get(name) or str(min(_lower_bounds(requirement)))
        minima.append(Minimum(requirement=text, name=name, version=version, resolves=bool(found)))
    return tuple(minima)


def with_minima(plan: Plan, minima: Mapping[str, Sequence[Minimum]]) -> Plan:
    """Return a plan whose environments hold back what is in `minima`, by environment."""
    environments = tuple(
        replace(each, constraints=(*each.constraints, *(found.constraint for found in minima.get(each.id, ()))))
        for each in plan.environments
    )
    return replace(plan, environments=environments)


def installed_minima(minima: Mapping[str, Sequence[Minimum]]) -> tuple[InstalledMinimum, ...]:
    """Return each dependency with the versions in which it was installed; `minima` are those by environment."""
    parsed = {each: EnvironmentId.parse(each) for each in minima}
    order = sorted({each.scrapy for each in parsed.values()}, key=natural_key)
    labels = short_labels(order)
    short = [labels[each] for each in order]
    versions: dict[str, dict[str, set[str]]] = {}
    untouched: set[str] = set()
    for name, found in minima.items():
        for each in found:
            versions.setdefault(each.requirement, {}).setdefault(each.version, set()).add(labels[parsed[name].scrapy])
            if not each.raised:
                untouched.add(each.requirement)
    return tuple(
        InstalledMinimum(
            requirement=requirement,
            versions=tuple((each, fold(where[each], short)) for each in sorted(where, key=Version)),
            raised=requirement not in untouched,
        )
        for requirement, where in sorted(versions.items())
    )
