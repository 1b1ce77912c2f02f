"""What makes environments and runs their cells on this machine, platform by platform: interpreters, lanes,
programs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.environments.layouts import EnvironmentLayout
from harness.environments.provider import EnvironmentProvider
from harness.environments.windows_layout import WindowsLayout
from harness.infra.process.launcher import NATIVE, Launcher
from harness.interpreters.downloads import PythonDownloads, Say, provide_interpreters
from harness.interpreters.interpreter import Interpreters
from harness.interpreters.search import find_interpreters
from harness.interpreters.wine.prefix import wine_session
from harness.interpreters.wine.programs import WineMissingError, find_wine
from harness.interpreters.wine.windows_pythons import find_windows_pythons, install_windows_pythons
from harness.matrix.axes import Lane
from harness.matrix.spec import MatrixSpec
from harness.plan.plan_records import Plan
from harness.runner.work import LaneSpec, LaneSpecs

WINE = "wine"
"""The platform whose programs are run by Wine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """How the programs of a platform are found and started on this machine."""

    launcher: Launcher
    find: Callable[[Sequence[str] | None], Interpreters]
    """Looks for the interpreters of some keys; None: for whichever there are."""
    provide: Callable[[Sequence[str], PythonDownloads, Say], Interpreters]
    """Looks for them, and fetches what is missing."""
    layout: EnvironmentLayout | None
    """How environments are made; None: as virtual environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailablePythons:
    """What this machine has for the environments of a platform."""

    toolchain: Toolchain
    interpreters: Interpreters


Stocks = Mapping[str, AvailablePythons]
"""What this machine has, by platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRuntimes:
    """What runs the cells of a plan."""

    by_platform: Mapping[str, PlatformRuntime]
    missing: Mapping[str, str]
    """The interpreters that were not found: a line for each, which names it and says why and what to do."""


@contextmanager
def toolchain_of(platform: str, cache: Path) -> Iterator[Toolchain]:
    """How the programs of `platform` are run on this machine, for as long as the context lasts.

    Raises `WineMissingError` where Wine would be needed and is not there, `ToolError` where it does not work.
    """
    if platform != WINE:
        provide = partial(provide_interpreters, cache=cache)
        yield Toolchain(launcher=NATIVE, find=find_interpreters, provide=provide, layout=None)
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

        yield Toolchain(
            launcher=launcher,
            find=find,
            provide=provide_builds,
            layout=WindowsLayout(launcher.name_of),
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
    `toolchain_of`.
    """
    stocks: dict[str, AvailablePythons] = {}
    with ExitStack() as stack:
        for platform, keys in wanted.items():
            with suppress(*((WineMissingError,) if only_with_wine else ())):
                toolchain = stack.enter_context(toolchain_of(platform, cache))
                stocks[platform] = AvailablePythons(
                    toolchain=toolchain, interpreters=toolchain.provide(keys, downloads, say)
                )
        yield stocks


def platform_runtimes(
    plan: Plan, lane_specs: LaneSpecs, stocks: Stocks, cache: Path, *, refresh: bool
) -> PlatformRuntimes:
    """Return what runs the cells of `plan`.

    `lane_specs`, `stocks`: for its platforms. For `refresh` see `EnvironmentProvider`.
    """
    runtimes: dict[str, PlatformRuntime] = {}
    missing: dict[str, str] = {}
    for platform, lanes in lane_specs.items():
        keys = pythons_of(plan)[platform]
        available = replace(stocks[platform], interpreters=stocks[platform].interpreters.of(keys))
        runtimes[platform] = make_runtime(platform, lanes, available, cache, refresh=refresh)
        native = available.toolchain.launcher is NATIVE
        for key, why in available.interpreters.missing.items():
            if key in keys:
                missing[key if native else f"{platform} {key}"] = (
                    f"Python {key}{'' if native else f' ({platform})'}: {why}"
                )
    return PlatformRuntimes(by_platform=runtimes, missing=missing)


def pythons_of(plan: Plan) -> dict[str, list[str]]:
    """Return the keys of the Pythons of the environments that a plan does not exclude, by platform."""
    found: dict[str, dict[str, None]] = {}
    for each in plan.environments:
        keys = found.setdefault(each.platform, {})
        if each.status is None:
            keys[each.python] = None
    return {platform: list(keys) for platform, keys in found.items()}


def make_runtime(
    platform: str,
    lane_specs: Mapping[str, LaneSpec],
    available: AvailablePythons,
    cache: Path,
    *,
    refresh: bool = False,
) -> PlatformRuntime:
    """What runs the cells of `platform` here; for `refresh` see `EnvironmentProvider`."""
    return PlatformRuntime(
        provider=EnvironmentProvider(
            cache,
            available.interpreters,
            refresh=refresh,
            layout=available.toolchain.layout,
            launcher=available.toolchain.launcher,
        ),
        lane_specs=lane_specs,
        fork=forks(platform),
        launcher=available.toolchain.launcher,
    )


def lane_specs_of(plan: Plan, spec: MatrixSpec) -> LaneSpecs:
    """How the lanes of a matrix are asked for on the platforms of a plan."""
    return {
        platform: {lane.name: lane_spec_of(lane, platform) for lane in spec.lanes_of(platform)}
        for platform in dict.fromkeys(environment.platform for environment in plan.environments)
    }


def lane_spec_of(lane: Lane, platform: str) -> LaneSpec:
    """How a lane is asked for on a platform, as the runner wants to know it."""
    return LaneSpec(
        name=lane.name,
        settings=lane.settings,
        reactorless=lane.reactor == "none",
        reactor=lane.expected_reactor(platform),
        loop=lane.expected_loop(platform),
    )


FORKING = frozenset({"linux"})
"""Windows has no fork. On macOS a process that has used the system's frameworks (Objective-C, the look-up of proxies
and names) can crash or hang in its forked child; that is why Python itself does not fork there by default since 3.8
(bpo-33725). What crashed of itself would be taken for what was measured."""


def forks(platform: str) -> bool:
    """Whether batches of `platform` (linux, macos, windows, wine) run in forked children, not in processes of their
    own that are started from scratch."""
    return platform in FORKING and hasattr(os, "fork")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRuntime:
    """What runs the cells of one platform on this machine."""

    provider: EnvironmentProvider
    lane_specs: Mapping[str, LaneSpec]
    """By name of the lane."""
    fork: bool
    """Whether its processes can fork."""
    launcher: Launcher = NATIVE
    """How its interpreters are started."""
