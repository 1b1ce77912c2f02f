"""What makes environments and runs their cells on this machine, platform by platform: interpreters, lanes, programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.environments.homes import Homes
from harness.environments.provider import EnvironmentProvider
from harness.environments.windows_folders import WindowsFolders
from harness.interpreters.downloads import PythonDownloads, Say, provide_interpreters
from harness.interpreters.search import Interpreters, find_interpreters
from harness.interpreters.under_wine import find_windows_pythons, install_windows_pythons
from harness.matrix.axes import Lane
from harness.matrix.spec import MatrixSpec
from harness.plan.model import Plan
from harness.process.launching import NATIVE, Launcher
from harness.runner.execution import Rig
from harness.runner.forking import forks
from harness.runner.orders import LaneRecipe
from harness.wine.prefix import wine_session
from harness.wine.programs import WineMissingError, find_wine

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
    provide: Callable[[Sequence[str], PythonDownloads, Say], Interpreters]
    """Looks for them, and fetches what is missing."""
    homes: Homes | None
    """How environments are made; None: as virtual environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What this machine has for the environments of a platform."""

    runtime: Runtime
    interpreters: Interpreters


Stocks = Mapping[str, Stock]
"""What this machine has, by platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rigs:
    """What runs the cells of a plan."""

    by_platform: Mapping[str, Rig]
    missing: Mapping[str, str]
    """The interpreters that were not found: a line for each, which names it and says why and what to do."""


@contextmanager
def runtime_of(platform: str, cache: Path) -> Iterator[Runtime]:
    """How the programs of `platform` are run on this machine, for as long as the context lasts.

    Raises `WineMissingError` where Wine would be needed and is not there, `ToolError` where it does not work.
    """
    if platform != WINE:
        provide = partial(provide_interpreters, cache=cache)
        yield Runtime(launcher=NATIVE, find=find_interpreters, provide=provide, homes=None)
        return
    wine = find_wine()
    with wine_session(cache, wine) as launcher:

        def find(wanted: Sequence[str] | None) -> Interpreters:
            return find_windows_pythons(wanted, cache, launcher, wine.version)

        def provide_builds(wanted: Sequence[str], downloads: PythonDownloads, _say: Say) -> Interpreters:
            # uv does not fetch these, and none of its settings is about them: only who asks for them gets them.
            found = find(wanted)
            requested = downloads is PythonDownloads.REQUESTED
            return install_windows_pythons(found, cache, launcher, wine.version) if requested else found

        yield Runtime(
            launcher=launcher,
            find=find,
            provide=provide_builds,
            homes=WindowsFolders(launcher.name_of),
        )


@contextmanager
def stocks_of(
    wanted: Mapping[str, Sequence[str]],
    cache: Path,
    *,
    downloads: PythonDownloads,
    say: Say,
    only_with_wine: bool = False,
) -> Iterator[Stocks]:
    """Give what there is here for some platforms, for as long as the context lasts: the only search of a command.

    `wanted`: the keys of the Pythons that are asked for, by platform. `downloads`: when those that are missing are
    fetched; `say` is told of that. `only_with_wine`: leave out what needs Wine where that is not there. Raises as
    `runtime_of`.
    """
    stocks: dict[str, Stock] = {}
    with ExitStack() as stack:
        for platform, keys in wanted.items():
            with suppress(*((WineMissingError,) if only_with_wine else ())):
                runtime = stack.enter_context(runtime_of(platform, cache))
                stocks[platform] = Stock(runtime=runtime, interpreters=runtime.provide(keys, downloads, say))
        yield stocks


def rigs_of(plan: Plan, recipes: Recipes, stocks: Stocks, cache: Path, *, refresh: bool) -> Rigs:
    """Return what runs the cells of `plan`.

    `recipes`, `stocks`: for its platforms. For `refresh` see `EnvironmentProvider`.
    """
    rigs: dict[str, Rig] = {}
    missing: dict[str, str] = {}
    for platform, lanes in recipes.items():
        keys = pythons_of(plan)[platform]
        stock = replace(stocks[platform], interpreters=stocks[platform].interpreters.of(keys))
        rigs[platform] = make_rig(platform, lanes, stock, cache, refresh=refresh)
        native = stock.runtime.launcher is NATIVE
        for key, why in stock.interpreters.missing.items():
            if key in keys:
                missing[key if native else f"{platform} {key}"] = (
                    f"Python {key}{'' if native else f' ({platform})'}: {why}"
                )
    return Rigs(by_platform=rigs, missing=missing)


def pythons_of(plan: Plan) -> dict[str, list[str]]:
    """Return the keys of the Pythons of the environments that a plan does not exclude, by platform."""
    found: dict[str, dict[str, None]] = {}
    for each in plan.environments:
        keys = found.setdefault(each.platform, {})
        if each.status is None:
            keys[each.python] = None
    return {platform: list(keys) for platform, keys in found.items()}


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
