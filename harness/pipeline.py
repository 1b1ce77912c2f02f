"""The story of a run: load the matrix, plan, find interpreters, provide and run, store, render."""

from __future__ import annotations

import os
import platform as host_platform
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from harness.asking import Filters, Planned, current_platform, make_planned, refuse_foreign
from harness.executors.connection import Cluster
from harness.executors.local import LocalExecutor
from harness.executors.messages import Baggage
from harness.executors.rigs import Recipes, make_rig, recipe_of
from harness.interpreters.search import Interpreters, find_interpreters, install_missing
from harness.judge.claims import judge_cells
from harness.judge.verdicts import Judge
from harness.plan.model import Plan
from harness.progress import RunProgress
from harness.render import ReportView, write_reports
from harness.render.current import is_of_run, report_files, told_verdicts
from harness.render.history import past_of, remember, write_history
from harness.runner.cellprocess import Kit
from harness.runner.execution import Execution, Executor
from harness.runner.fingerprints import FingerprintBasis
from harness.runner.server import loopback_server
from harness.runner.workshop import Workshop
from harness.scenarios import kit_fingerprint
from harness.shipped import REPORTS, cache_directory
from harness.store.earlier import EarlierRuns, rescued
from harness.store.machine import machine_id
from harness.store.run_store import RunStore
from harness.store.runs import Runs, now
from harness.store.schema import NARROWED


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What `scrapy-compat run` was asked for."""

    plan: str
    filters: Filters
    jobs: int
    isolate: bool
    fresh: bool
    upgrade: bool
    deadline: float
    install_pythons: bool
    out: Path | None
    """Where reports go; None: to `reports/`, and nowhere for a plan that is narrowed by filters."""
    state: Path
    matrix: Path | None
    baselines: Path
    """Folder of the accepted baselines."""
    scenarios: tuple[Path, ...]
    """Folders of scenarios beside the built-in ones and those of the matrix."""
    command: tuple[str, ...]
    cluster: Cluster | None = None
    """None: cells run on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended."""

    run_id: str
    """The run that says everything asked for: this one, or an earlier one if nothing has changed."""
    executed: int
    """Cells that were run now; the others were known from earlier runs or could not be run."""
    unchanged: bool
    complete: bool
    outcomes: Mapping[str, int]
    """Number of cells by outcome; empty if nothing has changed."""
    verdicts: Mapping[str, int]
    """Number of cells by verdict."""
    missing: Mapping[str, str]
    """Interpreters that the plan asks for and that were not found, with what to do."""
    written: tuple[Path, ...]
    """The reports that were written, or that were up to date."""


def run(options: RunOptions, console: Console) -> RunEnd:
    """Run what is asked for and write the reports; raises `HarnessError`, or `KeyboardInterrupt` on Ctrl-C.

    Whatever is raised, what had finished is in the store, and the next run takes it up.
    """
    planned = make_planned(options.matrix, options.scenarios, options.plan, options.filters)
    if options.cluster is None:
        refuse_foreign(planned.plan)
    judge = planned.loaded.judge(options.baselines)
    runs = Runs(options.state)
    say = partial(console.print, highlight=False, markup=False)
    for told in rescued(runs):
        say(told)
    earlier = None if options.fresh else EarlierRuns(runs, planned.plan)

    def open_store() -> RunStore:
        plan = planned.plan
        name = plan.name + (NARROWED if options.filters.any else "")
        host, command = host_facts(), options.command
        return runs.create(plan=name, plan_hash=plan.hash, plan_json=plan.to_json(), host=host, command=command)

    baggage = _baggage(planned, options, judge)
    with _executor(planned, options, baggage, earlier, say) as (executor, missing):
        basis = baggage.basis
        execution = Execution(planned.plan, executor=executor, basis=basis, open_store=open_store, earlier=earlier)
        try:
            with RunProgress(console, cells=planned.plan.runnable) as progress:
                execution.run(progress)
            return replace(_end(execution, runs, earlier, judge, options), missing=missing)
        finally:
            if execution.store is not None:
                execution.store.close()


def wanted_interpreters(plan: Plan, *, install: bool) -> Interpreters:
    """The interpreters of the environments that are not excluded; with `install` uv tries what is missing."""
    wanted = dict.fromkeys(environment.python for environment in plan.environments if environment.status is None)
    found = find_interpreters(list(wanted))
    return install_missing(found) if install else found


def host_facts() -> dict[str, str]:
    """What is said in reports of the machine: nothing that names it or its user."""
    return {
        "id": machine_id(cache_directory()),
        "platform": current_platform(),
        "system": f"{host_platform.system()} {host_platform.release()}",
        "machine": host_platform.machine(),
        "cores": str(os.cpu_count() or 1),
        "python": host_platform.python_version(),
        "harness": version("scrapy-compat-harness"),
    }


def _baggage(planned: Planned, options: RunOptions, judge: Judge) -> Baggage:
    loaded = planned.loaded
    platforms = dict.fromkeys(environment.platform for environment in planned.plan.environments)
    recipes: Recipes = {
        platform: {lane.name: recipe_of(lane, platform) for lane in loaded.spec.lanes_of(platform)}
        for platform in platforms
    }
    basis = FingerprintBasis(
        kit=kit_fingerprint(loaded.folders[-1] / "kit"),
        scenarios={name: scenario.fingerprint for name, scenario in loaded.scenarios.items()},
        kinds={name: scenario.info.kind for name, scenario in loaded.scenarios.items()},
        lanes={lane.name: lane.settings for lane in loaded.spec.lanes},
        isolate=options.isolate,
    )
    return Baggage(basis=basis, judge=judge, recipes=recipes, deadline=options.deadline, refresh=options.upgrade)


@contextmanager
def _executor(
    planned: Planned,
    options: RunOptions,
    baggage: Baggage,
    earlier: EarlierRuns | None,
    say: Callable[[str], object],
) -> Iterator[tuple[Executor, Mapping[str, str]]]:
    """Who runs the cells, and what is missing: known at once, or when they have been run."""
    folders = planned.loaded.folders
    if options.cluster is not None:
        from harness.executors.dask import DaskExecutor

        whose = f"{machine_id(cache_directory())} {options.state.resolve()} {options.fresh}"
        known = earlier.marks if earlier is not None else lambda _: {}
        executor = DaskExecutor(options.cluster, baggage, folders, known=known, whose=whose, say=say)
        yield executor, executor.missing
        return
    interpreters = wanted_interpreters(planned.plan, install=options.install_pythons)
    rigs = {
        platform: make_rig(platform, recipes, interpreters, refresh=options.upgrade)
        for platform, recipes in baggage.recipes.items()
    }
    workshop = Workshop(
        rigs=rigs,
        basis=baggage.basis,
        is_unexpected=baggage.is_unexpected,
        isolate=options.isolate,
        deadline=options.deadline,
    )
    with loopback_server() as server:
        kit = Kit(scenarios=folders, server=server, cancelled=threading.Event())
        yield LocalExecutor(workshop, kit, jobs=options.jobs), interpreters.missing


def _end(execution: Execution, runs: Runs, earlier: EarlierRuns | None, judge: Judge, options: RunOptions) -> RunEnd:
    """Judge and render what was run; where nothing was, the run that said it all stands."""
    out = options.out or (None if options.filters.any else REPORTS)
    reports = report_files(out) if out is not None else ()
    store = execution.store
    if store is None:
        assert earlier is not None
        assert earlier.same_id is not None
        store = runs.open(earlier.same_id)
        meta = store.meta()
        # Reports that are of this run and were judged by the same files need not be written again.
        told = told_verdicts(reports[0], judge.digest) if reports else None
        if told is not None and all(is_of_run(path, meta.id) for path in reports):
            store.close()
            return RunEnd(
                run_id=meta.id,
                executed=0,
                unchanged=True,
                complete=meta.complete,
                outcomes={},
                verdicts=told,
                missing={},
                written=reports,
            )
    view = ReportView.of_store(store)
    if execution.store is not None:
        store.finish(finished=now(), complete=view.complete)
        view = ReportView.of_store(store)
    judgement = judge_cells(judge, view.known)
    remember(runs, view, judgement)
    if out is not None:
        write_reports(view, out, judgement, past_of(runs, view.run))
        reports = (*reports, write_history(runs, view.run, judge, out))
    store.close()
    return RunEnd(
        run_id=view.run.id,
        executed=execution.executed,
        unchanged=execution.store is None,
        complete=view.complete,
        outcomes={outcome.value: count for outcome, count in view.outcomes.most_common() if count},
        verdicts=judgement.told_counts,
        missing={},
        written=reports,
    )
