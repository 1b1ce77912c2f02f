"""The lowest versions that a target declares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.locks import Locks
from harness.infra.platforms import current_platform
from harness.interpreters.search import find_interpreters
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.targets.minima import bounded, installed_minima, lowest_of
from tests.support import live


def test_a_lower_bound_is_what_names_a_lowest_version() -> None:
    requires = ["w3lib>=1.17", "attrs", "lxml<6", "zope.interface~=5.1", "Scrapy>=2.6", "x>=1; extra == 's3'", "y==1.*"]
    assert bounded(requires) == ("w3lib>=1.17", "zope.interface~=5.1", "y==1.*")


def environment(scrapy: str, status: Outcome | None = None, **versions: str) -> EnvironmentResult:
    return EnvironmentResult(
        id=f"linux-py3.12-scrapy{scrapy}-lowest", platform="linux", python="3.12", scrapy=scrapy, profile="lowest",
        status=status, reason=None, versions=versions,
    )  # fmt: skip


def test_the_versions_that_environments_have_are_told_by_ranges_of_releases() -> None:
    there = [
        environment("2.11.2", w3lib="1.17.0"),
        environment("2.12.0", w3lib="1.17"),
        environment("2.13.4", w3lib="2.1"),
    ]
    (found,) = installed_minima(there, ["w3lib>=1.17.0", "attrs"])
    assert found.versions == (("1.17.0", "2.11"), ("1.17", "2.12"), ("2.1", "2.13"))
    assert not found.raised


def test_a_minimum_is_raised_where_it_was_installed_nowhere() -> None:
    (found,) = installed_minima([environment("2.13.4", w3lib="2.1.0")], ["w3lib>=1.17.0"])
    assert found.raised


def test_what_could_not_be_installed_is_not_told_as_installed() -> None:
    refused = environment("2.13.4", Outcome.UNINSTALLABLE)
    usual = replace(environment("2.13.4", w3lib="2.4"), profile="latest")
    assert installed_minima([refused, usual], ["w3lib>=1.17.0"]) == ()


@pytest.mark.index
def test_the_lowest_that_resolves_beside_scrapy_is_what_uv_finds(tmp_path: Path) -> None:
    interpreter = find_interpreters([live.HERE]).found[live.HERE]
    planned = PlannedEnvironment(
        id=f"{current_platform()}-py{live.HERE}-scrapy2.13.4-lowest", platform=current_platform(), python=live.HERE,
        scrapy="2.13.4", requirement="scrapy==2.13.4", profile="lowest", exclude_newer=None, exempt={},
        constraints=(), status=None, reason=None, lanes=(),
    )  # fmt: skip
    found = lowest_of(planned, ["price-parser>=0.3", "twisted>=18.9", "attrs"], interpreter, Locks(tmp_path))
    # Scrapy 2.13.4 asks for Twisted>=21.7.0.
    assert sorted(found) == ["price-parser==0.3.0", "twisted==21.7.0"]
    # What resolves nowhere is left to the environment, which says why.
    assert lowest_of(planned, ["w3lib<1.17,>=1.16"], interpreter, Locks(tmp_path)) == ("w3lib==1.16",)
