"""What makes environments and runs their cells on this machine, platform by platform: interpreters, lanes, programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.environments.homes import Homes
from harness.environments.provider import EnvironmentProvider
from harness.environments.windows_folders import WindowsFolders
from harness.interpreters.search import Interpreters, find_interpreters, install_missing
from harness.interpreters.under_wine import find_windows_pythons, install_windows_pythons
from harness.matrix.axes import Lane
from harness.matrix.spec import MatrixSpec
from harness.plan.model import Plan
from harness.process.launching import NATIVE, Launcher
from harness.runner.execution import Rig
from harness.runner.forking import forks
from harness.runner.orders import LaneRecipe
from harness.wine.prefix import wine_session
from harness.wine.programs import find_wine

Recipes = Mapping[str, Mapping[str, LaneRecipe]]
"""By platform and name of the lane."""
WINE = "wine"
"""The platform whose programs are run by Wine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """How the programs of a platform are found and started on this machine."""

    launcher: Launcher
    find: Callable[[Sequence[str] | None], Interpreters]
    """Looks for the interpreters of some keys; None: for whichever there are."""
    install: Callable[[Interpreters], Interpreters]
    """Fetches what is missing of them."""
    homes: Homes | None
    """How environments are made; None: as virtual environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What this machine has for the environments of a platform."""

    runtime: Runtime
    interpreters: Interpreters


@dataclass(frozen=True, slots=True, kw_only=True)
class Rigs:
    """What runs the cells of a plan."""

    by_platform: Mapping[str, Rig]
    missing: Mapping[str, str]
    """The interpreters that were not found, with what to do."""


@contextmanager
def runtime_of(platform: str, cache: Path) -> Iterator[Runtime]:
    """How the programs of `platform` are run on this machine, for as long as the context lasts.

    Raises `WineMissingError` where Wine would be needed and is not there, `ToolError` where it does not work.
    """
    if platform != WINE:
        yield Runtime(launcher=NATIVE, find=find_interpreters, install=install_missing, homes=None)
        return
    wine = find_wine()
    with wine_session(cache, wine) as launcher:
        yield Runtime(
            launcher=launcher,
            find=lambda wanted: find_windows_pythons(wanted, cache, launcher, wine.version),
            install=lambda found: install_windows_pythons(found, cache, launcher, wine.version),
            homes=WindowsFolders(launcher.name_of),
        )


@contextmanager
def stock_of(plan: Plan, platform: str, cache: Path, *, install: bool) -> Iterator[Stock]:
    """What there is here for the environments of `plan` on `platform` that are not excluded.

    `install`: fetch missing interpreters. Raises as `runtime_of`.
    """
    wanted = [each.python for each in plan.environments if each.platform == platform and each.status is None]
    with runtime_of(platform, cache) as runtime:
        found = runtime.find(list(dict.fromkeys(wanted)))
        yield Stock(runtime=runtime, interpreters=runtime.install(found) if install else found)


@contextmanager
def rigs_of(plan: Plan, recipes: Recipes, cache: Path, *, install: bool, refresh: bool) -> Iterator[Rigs]:
    """What runs the cells of `plan`, for as long as the context lasts.

    `recipes`: for its platforms. For `install` see `stock_of`, for `refresh` `EnvironmentProvider`. Raises as
    `runtime_of`.
    """
    rigs: dict[str, Rig] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        for platform, lanes in recipes.items():
            stock = stack.enter_context(stock_of(plan, platform, cache, install=install))
            rigs[platform] = make_rig(platform, lanes, stock, cache, refresh=refresh)
            named = "" if stock.runtime.launcher is NATIVE else f"{platform} "
            missing |= {f"{named}{key}": why for key, why in stock.interpreters.missing.items()}
        yield Rigs(by_platform=rigs, missing=missing)


def make_rig(
    platform: str, recipes: Mapping[str, LaneRecipe], stock: Stock, cache: Path, *, refresh: bool = False
) -> Rig:
    """What runs the cells of `platform` here; for `refresh` see `EnvironmentProvider`."""
    return Rig(
        provider=EnvironmentProvider(cache, stock.interpreters, refresh=refresh, homes=stock.runtime.homes),
        recipes=recipes,
        fork=forks(platform),
        launcher=stock.runtime.launcher,
    )


def recipes_of(plan: Plan, spec: MatrixSpec) -> Recipes:
    """How the lanes of a matrix are asked for on the platforms of a plan."""
    return {
        platform: {lane.name: recipe_of(lane, platform) for lane in spec.lanes_of(platform)}
        for platform in dict.fromkeys(environment.platform for environment in plan.environments)
    }


def recipe_of(lane: Lane, platform: str) -> LaneRecipe:
    """How a lane is asked for on a platform, as the runner wants to know it."""
    return LaneRecipe(
        name=lane.name,
        settings=lane.settings,
        reactorless=lane.reactor == "none",
        reactor=lane.expected_reactor(platform),
        loop=lane.expected_loop(platform),
    )
