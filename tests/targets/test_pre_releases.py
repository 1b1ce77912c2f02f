"""Pre-releases of what a target depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.lock_request import LockRequest
from harness.environments.lockfiles import entries
from harness.environments.locks import Locks
from harness.infra.platforms import current_platform
from harness.interpreters.search import find_interpreters
from harness.plan.plan_records import PlannedEnvironment
from harness.targets.pre_releases import installed_pre_releases, next_of
from tests.support import live
from tests.support.packages import Index
from tests.support.synthetic import make_environments
from tests.support.views import ALL, GOOD, only


def planned(requirement: str) -> PlannedEnvironment:
    return PlannedEnvironment(
        id=f"{current_platform()}-py{live.HERE}-scrapy2.13.4-next", platform=current_platform(), python=live.HERE,
        scrapy="2.13.4", requirement=requirement, profile="next", exclude_newer=None, exempt={}, constraints=(),
        status=None, reason=None, lanes=(),
    )  # fmt: skip


def test_pre_releases_are_held_of_all_that_is_needed_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = find_interpreters([live.HERE]).found[live.HERE]
    with Index() as index:
        for name in ("zzdirect", "zzindirect", "zzsettled"):
            index.publish(name, "1.0")
        index.publish("zzdirect", "2.0rc1", requires=["zzindirect"])
        index.publish("zzindirect", "1.1b2")
        index.publish("zzextra", "3.0a1")
        index.publish("scrapy", "2.13.4", requires=["zzsettled"])
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        locks = Locks(tmp_path)
        requires = ["zzdirect", "scrapy>=2.6", "zzextra; extra == 'more'"]
        found = next_of(planned("scrapy==2.13.4"), requires, interpreter, locks)
        assert sorted(found) == ["zzdirect==2.0rc1", "zzindirect==1.1b2"]
        # Of what does not resolve nothing is held: the environment says why.
        assert next_of(planned("scrapy==2.13.4"), ["zzdirect>3"], interpreter, locks) == ()
        # A request without pre-releases is another one, and what holds them is taken by it.
        usual = LockRequest(requirement="zzdirect", interpreter=interpreter)
        versions = {entry.name: entry.version for entry in entries(locks.get(usual).text)}
        assert versions == {"zzdirect": "1.0"}
        held = locks.get(replace(usual, constraints=found))
        assert {entry.name: entry.version for entry in entries(held.text)} == {
            "zzdirect": "2.0rc1",
            "zzindirect": "1.1b2",
        }


def test_only_what_the_profile_next_really_has_is_told() -> None:
    (made,) = make_environments(only(ALL, GOOD))
    early = replace(made, profile="next", versions={"lxml": "7.0.0b1", "w3lib": "2.4", "python": "3.15.0rc1"})
    assert installed_pre_releases([early, replace(early, profile="latest")]) == ("lxml 7.0.0b1",)
