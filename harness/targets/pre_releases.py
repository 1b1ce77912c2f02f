"""The pre-releases of what a target depends on: what its users get next, beside each release of Scrapy.

uv takes pre-releases of everything (`--prerelease allow`) that Scrapy and the target need. What comes of it that is a
pre-release is held while target, Scrapy and what the tests need are resolved together: test tools stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.analysis.ranges import natural_key
from harness.environments.lock_request import LockRequest
from harness.environments.lockfiles import entries
from harness.environments.locks import Locks
from harness.interpreters.interpreter import Interpreter
from harness.matrix.axes import Profile
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment

NEXT = Profile(name="next", description="Pre-releases of what the target and Scrapy depend on, where there are any.")
"""The profile that only targets have."""


def next_of(
    planned: PlannedEnvironment, requires: Sequence[str], interpreter: Interpreter, locks: Locks
) -> tuple[str, ...]:
    """Return what holds pre-releases in one environment: `name==version`. Raises as `Locks.get`.

    Nothing where there is none, and where they do not resolve beside Scrapy.
    """
    own = [each for each in map(Requirement, requires) if canonicalize_name(each.name) != "scrapy"]
    request = LockRequest(
        requirement=planned.requirement,
        interpreter=interpreter,
        additions=tuple(str(each) for each in own if each.marker is None or "extra" not in str(each.marker)),
        constraints=planned.constraints,
        prereleases=True,
    )
    lock = locks.get(request)
    if lock.status is not None:
        return ()
    found = [entry for entry in entries(lock.text) if canonicalize_name(entry.name) != "scrapy"]
    return tuple(f"{entry.name}=={entry.version}" for entry in found if _is_early(entry.version))


def installed_pre_releases(environments: Iterable[EnvironmentResult]) -> tuple[str, ...]:
    """Return the pre-releases that environments of `next` really have: `lxml 7.0.0b1`."""
    found = {
        f"{name} {version}"
        for each in environments
        if each.profile == NEXT.name and each.status is None
        for name, version in each.versions.items()
        if _is_early(version) and canonicalize_name(name) not in {"scrapy", "python"}
    }
    return tuple(sorted(found, key=natural_key))


def _is_early(version: str | None) -> bool:
    try:
        return version is not None and Version(version).is_prerelease
    except InvalidVersion:
        return False
