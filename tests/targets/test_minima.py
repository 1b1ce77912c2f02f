"""The lowest versions that a target declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.locks import Locks
from harness.infra.platforms import current_platform
from harness.interpreters.search import find_interpreters
from harness.plan.plan_records import PlannedEnvironment
from harness.targets.minima import Minimum, bounded, installed_minima, minima_of
from tests.support import live


def test_a_lower_bound_is_what_names_a_lowest_version() -> None:
    requires = ["w3lib>=1.17", "attrs", "lxml<6", "zope.interface~=5.1", "Scrapy>=2.6", "x>=1; extra == 's3'", "y==1.*"]
    assert bounded(requires) == ("w3lib>=1.17", "zope.interface~=5.1", "y==1.*")


def minimum(version: str, requirement: str = "w3lib>=1.17.0") -> Minimum:
    return Minimum(requirement=requirement, name="w3lib", version=version, resolves=True)


def test_a_version_is_raised_where_it_is_another_than_the_declared_one() -> None:
    assert not minimum("1.17").raised
    assert minimum("2.1.0").raised
    assert minimum("2.1.0").constraint == "w3lib==2.1.0"


def test_the_versions_of_a_dependency_are_told_by_ranges_of_releases() -> None:
    places = {"2.11.2": "1.17.0", "2.12.0": "1.17.0", "2.13.4": "2.1.0"}
    by_environment = {f"linux-py3.12-scrapy{scrapy}-lowest": [minimum(of)] for scrapy, of in places.items()}
    (found,) = installed_minima(by_environment)
    assert found.versions == (("1.17.0", "2.11-2.12"), ("2.1.0", "2.13"))
    assert not found.raised
    (raised,) = installed_minima({"linux-py3.12-scrapy2.13.4-lowest": [minimum("2.1.0")]})
    assert raised.raised


@pytest.mark.index
def test_the_lowest_that_resolves_beside_scrapy_is_what_uv_finds(tmp_path: Path) -> None:
    interpreter = find_interpreters([live.HERE]).found[live.HERE]
    planned = PlannedEnvironment(
        id=f"{current_platform()}-py{live.HERE}-scrapy2.13.4-lowest", platform=current_platform(), python=live.HERE,
        scrapy="2.13.4", requirement="scrapy==2.13.4", profile="lowest", exclude_newer=None, exempt={},
        constraints=(), status=None, reason=None, lanes=(),
    )  # fmt: skip
    found = minima_of(planned, ["price-parser>=0.3", "twisted>=18.9", "attrs"], interpreter, Locks(tmp_path))
    assert {each.name: (each.version, each.raised) for each in found} == {
        "price-parser": ("0.3.0", False),
        # Scrapy 2.13.4 asks for Twisted>=21.7.0.
        "twisted": ("21.7.0", True),
    }
    (impossible,) = minima_of(planned, ["w3lib<1.17,>=1.16"], interpreter, Locks(tmp_path))
    assert (impossible.constraint, impossible.resolves) == ("w3lib==1.16", False)
