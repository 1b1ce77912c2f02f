"""The shipped plans: whether what changes between two of their environments can be put down to one thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest

from harness.infra import resources
from harness.matrix.load import load_matrix
from harness.matrix.pin_sets import PinState
from harness.matrix.spec import MatrixSpec
from harness.plan.planner import make_plan
from harness.plan.selection import Selection
from harness.scenarios.catalogue import load_scenarios


class Place(NamedTuple):
    """What an environment is made of, apart from its platform."""

    python: str
    scrapy: str
    profile: str


def places(spec: MatrixSpec, plan: str) -> list[Place]:
    """Environments of a plan on Linux in which a crawl starts and core scenarios are asked with asyncio."""
    shipped = load_scenarios([resources.scenarios_dir()])
    scenarios = {name: each.info for name, each in shipped.items() if each.info.core}
    made = make_plan(spec, plan=plan, platforms=("linux",), scenarios=scenarios, selection=Selection())
    found = []
    for each in made.environments:
        pins = spec.pins.get((each.scrapy, each.python))
        broken = each.profile == "latest" and pins is not None and pins.state is not PinState.NOTHING_NEEDED
        # On PyPy none starts.
        broken = broken or each.python.startswith("pypy")
        if each.status is None and not broken and any(lane.name == "asyncio-default" for lane in each.lanes):
            found.append(Place(each.python, each.scrapy, each.profile))
    return found


def confounded(found: Sequence[Place], orders: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield each boundary over which no two environments differ in one thing only, with what moves along."""
    for axis, order in zip(Place._fields, orders, strict=True):
        present = [value for value in order if value in {getattr(place, axis) for place in found}]
        for before, after in pairwise(present):
            pairs = [
                {name for name in Place._fields if getattr(one, name) != getattr(other, name)}
                for one in found
                if getattr(one, axis) == before
                for other in found
                if getattr(other, axis) == after
            ]
            if {axis} not in pairs:
                along = sorted(min(pairs, key=len) - {axis})
                yield f"{axis} {before} and {after}: together with {' and '.join(along)}"


@pytest.fixture(scope="module")
def spec() -> MatrixSpec:
    return load_matrix(resources.matrix_file())


@pytest.fixture(scope="module")
def orders(spec: MatrixSpec) -> Sequence[Sequence[str]]:
    """The values of each field of a place."""
    return (
        [python.key for python in spec.pythons],
        [scrapy.label for scrapy in spec.scrapys],
        [profile.name for profile in spec.profiles],
    )


@pytest.mark.parametrize("plan", ["default", "full"])
def test_nothing_that_a_plan_reports_of_core_scenarios_changes_together_with_something_else(
    spec: MatrixSpec, orders: Sequence[Sequence[str]], plan: str
) -> None:
    assert list(confounded(places(spec, plan), orders)) == []


def test_what_changes_together_is_found(spec: MatrixSpec, orders: Sequence[Sequence[str]]) -> None:
    without = [place for place in places(spec, "default") if place.python != "3.9"]
    assert any("together with python" in line for line in confounded(without, orders))
