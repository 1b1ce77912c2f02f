"""What runs the cells of a platform on this machine, put together from its interpreters and the lanes of a matrix."""

from __future__ import annotations

from collections.abc import Mapping

from harness.environments.provider import EnvironmentProvider
from harness.interpreters.search import Interpreters
from harness.matrix.axes import Lane
from harness.runner.execution import Rig
from harness.runner.forking import forks
from harness.runner.orders import LaneRecipe
from harness.shipped import cache_directory

Recipes = Mapping[str, Mapping[str, LaneRecipe]]
"""By platform and name of the lane."""


def make_rig(
    platform: str, recipes: Mapping[str, LaneRecipe], interpreters: Interpreters, *, refresh: bool = False
) -> Rig:
    """What runs the cells of `platform` here; for `refresh` see `EnvironmentProvider`."""
    provider = EnvironmentProvider(cache_directory(), interpreters, refresh=refresh)
    return Rig(provider=provider, recipes=recipes, fork=forks(platform))


def recipe_of(lane: Lane, platform: str) -> LaneRecipe:
    """How a lane is asked for on a platform, as the runner wants to know it."""
    return LaneRecipe(
        name=lane.name,
        settings=lane.settings,
        reactorless=lane.reactor == "none",
        reactor=lane.expected_reactor(platform),
        loop=lane.expected_loop(platform),
    )
