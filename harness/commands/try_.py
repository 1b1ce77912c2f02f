"""What `try` does with a target that is read: build it, run the control, run the rest, answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.analysis.ranges import short_labels
from harness.commands.run_options import RunOptions
from harness.commands.try_opened import OpenedTarget
from harness.commands.try_project import try_project
from harness.environments.locks import Locks
from harness.infra.files import cache_errors
from harness.infra.platforms import current_platform
from harness.infra.resources import BASELINES, cache_directory
from harness.plan.coverage import SamplingRequest
from harness.plan.plan_records import Plan
from harness.render.view import ReportView
from harness.runner.progress import RunProgress
from harness.scenarios.catalogue import load_scenarios
from harness.store.run_directory import Runs
from harness.targets.checks import CONTROL, LOAD, Control, checks_folder, control_of, shipped_checks
from harness.targets.declared_range import declared_ranges
from harness.targets.minima import LOWEST, installed_minima, lowest_of, with_lowest
from harness.targets.target_answer import TargetAnswer, answer
from harness.targets.target_plan import TRY, AskedChecks, Place, lanes_of, with_target
from harness.targets.tried_cell import TriedCell
from harness.targets.tried_target import ReadTarget, TriedTarget
from harness.targets.upgrade_path import with_project
from harness.targets.wheel import BuiltTarget, build_target, unbuilt_project
from harness.workspace import Filters, PlannedRun

_STOPS = 3
"""Releases with which a suite is stopped although the target imports: what stops it there is seldom Scrapy."""
RunChecks = Callable[[RunOptions, PlannedRun], str]
"""Runs what is planned on this machine and stores it; returns the id of the run that knows it."""


def try_target(opened: OpenedTarget, run: RunChecks, progress: RunProgress) -> TriedTarget:
    """Run a target's control and then its checks everywhere; raises as `run`, which runs what is planned.

    `ConfigurationError` where it does not build.
    """
    read = opened.read
    project = read.declared.project
    if project is not None:
        unbuilt = unbuilt_project(read.declared.name, read.declared.version, project.package)
        lane = lanes_of(opened.loaded.spec, current_platform(), (), Filters())[0]

        def ask(asked: AskedChecks, control: Control | None) -> str:
            return _run(opened, unbuilt, asked, control, run)

        return try_project(read, opened.asked, ask, progress, built=unbuilt, lane=lane)
    progress.step(f"building {read.declared.name}")
    interpreter = opened.stocks[current_platform()].interpreters.found[read.controls[0].python.key]
    built = build_target(read.snapshot, Path(interpreter.path))
    control, place, passed_over = _measured_control(opened, built, run, progress)
    if not read.suite or control.stopped:
        run_id = _run(opened, built, replace(opened.asked, checks=(LOAD,)), control, run)
    else:
        # What does not even import is known soon, and is taken over by the run of the rest.
        first = _run(opened, built, replace(opened.asked, checks=(LOAD,)), control, run)
        progress.step(f"of its imports: {_counted(read, first)}; now its tests")
        run_id = _run(opened, built, opened.asked, control, run)
    return TriedTarget(
        read=read, built=built, control=control, control_at=place, passed_over=passed_over, run_id=run_id
    )


def _measured_control(
    opened: OpenedTarget, built: BuiltTarget, run: RunChecks, progress: RunProgress
) -> tuple[Control, Place, tuple[tuple[Place, str], ...]]:
    """Return the newest control that something can be compared with, where that is, and what was passed over.

    What the newest Scrapy breaks is compared with what it was before. Where none is any better it is the newest.
    """
    read = opened.read
    broken: list[tuple[Place, Control]] = []
    for place in read.controls:
        what = "its tests, twice, as its author runs them" if read.suite else "its import"
        progress.step(f"the control, Scrapy {place.scrapy.label}: {what}")
        control = _control_at(place, opened, built, run)
        if not control.broken:
            return control, place, tuple((where, each.broken) for where, each in broken)
        broken.append((place, control))
        if sum(each.broken == each.stopped for _, each in broken) == _STOPS:
            break
    # With one that imports imports can be compared at least.
    best = next((number for number, (_, each) in enumerate(broken) if each.broken == each.stopped), 0)
    return broken[best][1], broken[best][0], tuple((where, each.broken) for where, each in broken[:best])


def _control_at(place: Place, opened: OpenedTarget, built: BuiltTarget, run: RunChecks) -> Control:
    read, platform = opened.read, current_platform()
    asked = AskedChecks(
        places=[place],
        lanes=lanes_of(opened.loaded.spec, platform, (), Filters())[:1],
        checks=(CONTROL, LOAD) if read.suite else (LOAD,),
        filters=Filters(),
    )
    run_id = _run(opened, built, asked, None, run)
    with Runs(read.state).open(run_id) as store:
        environments = store.environments(locks=False).values()
        found = {key.scenario: store.cell(key) for key in store.keys()}
    reasons = [f"{each.status}: {each.reason}" for each in environments if each.status is not None]
    return control_of(found.get(LOAD), found.get(CONTROL), [*reasons, "it was not run"][0] if read.suite else "")


def _counted(read: ReadTarget, run_id: str) -> str:
    with Runs(read.state).open(run_id) as store:
        counts = Counter(row.observation.outcome.value for row in store.rows())
    return ", ".join(f"{outcome} {count}" for outcome, count in counts.most_common()) or "none could be tried"


def _run(opened: OpenedTarget, built: BuiltTarget, asked: AskedChecks, control: Control | None, run: RunChecks) -> str:
    """Run what is asked, compared with a control; return the id of the run that knows it."""
    options, read, platform = opened.options, opened.read, current_platform()
    folder = checks_folder(read.snapshot, built, read.declared, control, read.settings)
    own = {name: each for name, each in opened.loaded.scenarios.items() if each.path.parent != shipped_checks()}
    loaded = replace(
        opened.loaded,
        folders=(folder, opened.loaded.folders[-1]),
        scenarios={**own, **load_scenarios((folder,))},
    )
    requirements = (*built.requirements(read.settings.extras), *(read.declared.test_requirements if read.suite else ()))
    target, project = f"{built.told} ({read.snapshot.revision})", read.declared.project
    plan = asked.planned(loaded, platform)
    plan = with_lowest(plan, _lowest_versions(opened, built, plan))
    planned = PlannedRun(
        loaded=loaded,
        plan=with_target(plan, requirements, target) if project is None else with_project(plan, project, target),
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
        command=read.command,
    )
    return run(run_options, planned)


def _lowest_versions(opened: OpenedTarget, built: BuiltTarget, plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return what holds the lowest versions in the environments of a plan that ask for them. Raises `StorageError`."""
    lowest = [each for each in plan.environments if each.profile == LOWEST.name and each.status is None]
    if not lowest:
        return {}
    interpreters = opened.stocks[current_platform()].interpreters.found
    with cache_errors(cache_directory()):
        locks = Locks(cache_directory(), refresh=opened.options.upgrade)
        return {each.id: lowest_of(each, built.requires, interpreters[each.python], locks) for each in lowest}


def answered(opened: OpenedTarget, tried: TriedTarget) -> TargetAnswer:
    """Return what the cells of a tried target say. Raises `StorageError`."""
    with Runs(tried.read.state).open(tried.run_id) as store:
        view = ReportView.of_store(store)
        numbers = {number for block in view.blocks for number in block.evidence if number is not None}
        evidence = dict(store.evidence(sorted(numbers)))
        environments = store.environments(locks=False)
    cells = [
        TriedCell.of(cell.key, cell.observation, None if number is None else evidence[number].suite)
        for block in view.blocks
        for cell, number in zip(block.cells(), block.evidence, strict=True)
    ]
    found = answer(cells, tried.built.modules, opened.compared, tried.control.flaky)
    exact = {label: scrapy for scrapy, label in short_labels({cell.environment.scrapy for cell in cells}).items()}
    declared = (
        ()
        if opened.read.declared.project is not None
        else declared_ranges(opened.read.declared, found.python_outcomes, found.releases, exact)
    )
    minima = installed_minima(environments.values(), tried.built.requires)
    return replace(found, declared=declared, minima=minima)
