"""What `try` does, as a story: copy and read the target, build it, run the control, plan, run, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.commands.run_options import RunOptions
from harness.commands.stored_runs import stored_view
from harness.infra.errors import ExitCode, HarnessError
from harness.infra.platforms import current_platform
from harness.infra.resources import BASELINES, cache_directory, target_state
from harness.interpreters.downloads import PythonDownloads, Say
from harness.plan.coverage import SamplingRequest
from harness.runner.progress import RunProgress
from harness.runner.runtimes import Stocks, stocks_of
from harness.store.run_directory import Runs
from harness.targets.checks import Control, checks_folder, control_of
from harness.targets.declarations import read_declarations
from harness.targets.settings import read_settings
from harness.targets.snapshot import take_snapshot
from harness.targets.target_answer import TargetAnswer, TriedCell, answer
from harness.targets.target_plan import (
    TRY,
    Place,
    checks_of,
    control_place,
    filtered_places,
    lanes_of,
    places_of,
    try_spec,
    with_target,
)
from harness.targets.tried_target import ReadTarget, TriedTarget
from harness.targets.wheel import BuiltTarget, build_target
from harness.workspace import Filters, PlannedRun, Workspace, load_workspace

RunChecks = Callable[[RunOptions, PlannedRun], str]
"""Runs what is planned on this machine and stores it; returns the id of the run that knows it."""


class NothingToTryError(HarnessError):
    """No interpreter that is here can have the target."""

    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions:
    """What `try` was asked for."""

    target: str
    filters: Filters
    state: Path | None
    """None: a folder of the user's, so that nothing is written into the target."""
    matrix: Path | None
    jobs: int
    fresh: bool
    upgrade: bool
    network: bool
    checks: tuple[str, ...]
    """`load`, `suite`; empty: both."""
    arguments: tuple[str, ...]
    """What pytest is given beside what was found."""
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTarget:
    """A target on this machine."""

    options: TryOptions
    base: Workspace
    """The matrix without the target."""
    stocks: Stocks
    read: ReadTarget


@contextmanager
def opened_target(options: TryOptions, say: Say) -> Iterator[OpenedTarget]:
    """Give a target that is copied and read, with what this machine has for it; nothing of it has run yet.

    Raises `ConfigurationError`, `StorageError`, `IndexUnavailableError`.
    """
    base, platform, filters = load_workspace(options.matrix), current_platform(), options.filters
    snapshot = take_snapshot(options.target, cache_directory())
    settings = read_settings(snapshot.source, tuple(lane.name for lane in base.spec.lanes))
    settings = msgspec.structs.replace(settings, network=settings.network or options.network)
    declared = read_declarations(snapshot.source, settings).given(options.arguments, snapshot.source)
    wanted = {platform: [python.key for python in base.spec.pythons]}
    with stocks_of(wanted, cache_directory(), downloads=PythonDownloads.NEVER, say=say) as stocks:
        here = stocks[platform].interpreters.available.keys()
        if filters.python or filters.scrapy or filters.profile or filters.cell:
            every = bool(filters.profile or filters.cell)
            places = filtered_places(base.spec, platform, here, every_profile=every)
        else:
            places = places_of(base.spec, platform, here, declared)
        read = ReadTarget(
            snapshot=snapshot,
            settings=settings,
            declared=declared,
            control=control_place(base.spec, platform, here, declared),
            places=places,
            lanes=lanes_of(base.spec, platform, settings.lanes),
            suite=declared.has_tests and (not options.checks or "suite" in options.checks),
            state=options.state or target_state(declared.name),
        )
        yield OpenedTarget(options=options, base=base, stocks=stocks, read=read)


def try_target(opened: OpenedTarget, run: RunChecks, progress: RunProgress) -> TriedTarget:
    """Run a target's control and then its checks everywhere; raises as `run`, which runs what is planned.

    `NothingToTryError` where no Python of this machine can have it, `ConfigurationError` where it does not build.
    """
    options, read, platform = opened.options, opened.read, current_platform()
    if read.control is None:
        raise NothingToTryError(
            value=f"{read.declared.name}: Python {read.declared.requires_python or 'any'}, "
            f"Scrapy {read.declared.scrapy or 'any'}",
            cause="is no combination in which a crawl starts with the Pythons of this machine",
            action="install another Python (`scrapy-compat pythons` tells how), or look at what it declares",
        )
    progress.step(f"building {read.declared.name}")
    interpreter = opened.stocks[platform].interpreters.found[read.control.python.key]
    built = build_target(read.snapshot, Path(interpreter.path))
    control = None
    if read.suite:
        progress.step("running its tests twice as its author does: the control")
        lanes = lanes_of(opened.base.spec, platform, ())[:1]
        once = _Asked(
            places=[read.control],
            lanes=lanes,
            checks=checks_of(control=True, suite=True),
            filters=Filters(),
            control=None,
        )
        control = _measured_control(opened, _run(opened, built, once, run))
    run_id = ""
    # What does not even import is known soon, and is taken over by the run of the rest.
    for suite in dict.fromkeys([False, control is not None]):
        checks = checks_of(control=False, suite=suite)
        asked = _Asked(places=read.places, lanes=read.lanes, checks=checks, filters=options.filters, control=control)
        run_id = _run(opened, built, asked, run)
    return TriedTarget(read=read, built=built, control=control, run_id=run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked of a target in one run."""

    places: Sequence[Place]
    lanes: Sequence[str]
    checks: Sequence[str]
    filters: Filters
    control: Control | None


def _run(opened: OpenedTarget, built: BuiltTarget, asked: _Asked, run: RunChecks) -> str:
    """Run some checks in some places and lanes; return the id of the run that knows them."""
    options, read, platform = opened.options, opened.read, current_platform()
    folder = checks_folder(read.snapshot, built, read.declared, asked.control, read.settings)
    loaded = load_workspace(options.matrix, (folder,))
    loaded = replace(loaded, spec=try_spec(loaded.spec, asked.places, asked.lanes, asked.checks))
    plan = loaded.plan(TRY, (platform,), asked.filters.over(loaded.known))
    requirements = (built.requirement(read.declared.extras), *(read.declared.test_requirements if read.suite else ()))
    planned = PlannedRun(
        loaded=loaded,
        plan=with_target(plan, requirements, f"{built.name} {built.version} ({read.snapshot.revision})"),
        filters=Filters(),
        platforms=(platform,),
    )
    run_options = RunOptions(
        plan=TRY,
        filters=Filters(),
        sampling=SamplingRequest(cover=None, budget=None, seconds=None),
        jobs=options.jobs,
        isolate=False,
        fresh=options.fresh,
        upgrade=options.upgrade,
        deadline=5.0,
        install_pythons=False,
        out=None,
        state=read.state,
        matrix=options.matrix,
        baselines=BASELINES,
        scenarios=(folder,),
        command=options.command,
    )
    return run(run_options, planned)


def _measured_control(opened: OpenedTarget, run_id: str) -> Control | None:
    with Runs(opened.read.state).open(run_id) as store:
        cells = [store.cell(key) for key in store.keys()]
    return control_of(cells[0]) if cells else None


def answered(tried: TriedTarget) -> TargetAnswer:
    """Return what the cells of a tried target say. Raises `StorageError`."""
    state = tried.read.state
    view = stored_view(state, tried.run_id)
    numbers = {number for block in view.blocks for number in block.evidence if number is not None}
    with Runs(state).open(tried.run_id) as store:
        evidence = dict(store.evidence(sorted(numbers)))
    cells = [
        TriedCell(
            key=cell.key,
            outcome=cell.observation.outcome,
            mechanism=cell.observation.mechanism,
            detail=cell.observation.detail,
            suite=None if number is None else evidence[number].suite,
        )
        for block in view.blocks
        for cell, number in zip(block.cells(), block.evidence, strict=True)
    ]
    return answer(cells, tried.built.modules)
