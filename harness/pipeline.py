"""The story of a run: load the matrix, plan, find interpreters, provide and run, store, render."""

from __future__ import annotations

import os
import platform as host_platform
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import platformdirs
from rich.console import Console

from harness.asking import Filters, Planned, current_platform, make_planned, refuse_foreign
from harness.environments.provider import EnvironmentProvider
from harness.interpreters.search import Interpreters, find_interpreters, install_missing
from harness.judge.cells import Known
from harness.judge.claims import judge_cells
from harness.judge.verdicts import Judge, Verdict
from harness.matrix.axes import Lane
from harness.plan.model import Plan
from harness.progress import RunProgress
from harness.render import ReportView, write_reports
from harness.render.current import is_of_run, report_files, told_verdicts
from harness.render.history import past_of, remember, write_history
from harness.runner.cellprocess import Kit
from harness.runner.execution import Execution, ExecutionOptions, Rig
from harness.runner.fingerprints import FingerprintBasis
from harness.runner.forking import forks
from harness.runner.orders import LaneRecipe
from harness.runner.server import loopback_server
from harness.scenarios import kit_fingerprint
from harness.shards.artifact import artifact_path, write_artifact
from harness.shards.terms import AskedShard, part_of
from harness.shipped import REPORTS
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
    shard: AskedShard | None = None
    """The part of the plan to be run; None: all of it."""
    artifact: Path | None = None
    """Folder for the artifact that tells other machines what this one has measured."""

    @property
    def narrowed(self) -> bool:
        """Whether it is not a whole plan that is run."""
        return self.filters.any or self.shard is not None


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
    artifact: Path | None = None
    """The artifact that was written."""


def cache_directory() -> Path:
    """Where environments and locks are kept: `SCRAPY_COMPAT_CACHE`, else the user's cache folder."""
    configured = os.environ.get("SCRAPY_COMPAT_CACHE")
    return Path(configured) if configured else platformdirs.user_cache_path("scrapy-compat", appauthor=False)


def run(options: RunOptions, console: Console) -> RunEnd:
    """Run what is asked for and write the reports; raises `HarnessError`, or `KeyboardInterrupt` on Ctrl-C.

    Whatever is raised, what had finished is in the store, and the next run takes it up.
    """
    part = part_of(
        make_planned(options.matrix, options.scenarios, options.plan, options.filters), options.filters, options.shard
    )
    planned = part.planned
    refuse_foreign(planned.plan)
    artifact = None if options.artifact is None else artifact_path(options.artifact, part)
    judge = planned.loaded.judge(options.baselines)
    interpreters = wanted_interpreters(planned.plan, install=options.install_pythons)
    runs = Runs(options.state)
    for told in rescued(runs):
        console.print(told, highlight=False, markup=False)
    earlier = None if options.fresh else EarlierRuns(runs, planned.plan)

    def open_store() -> RunStore:
        plan = planned.plan
        name = plan.name + (NARROWED if options.narrowed else "")
        host, command = host_facts(), options.command
        return runs.create(plan=name, plan_hash=plan.hash, plan_json=plan.to_json(), host=host, command=command)

    with loopback_server() as server:
        execution = _execution(
            planned, options, judge, interpreters=interpreters, server=server, open_store=open_store, earlier=earlier
        )
        run_id = None
        try:
            with RunProgress(console, cells=planned.plan.runnable) as progress:
                execution.run(progress)
            end = _end(execution, runs, earlier, judge, options)
            run_id = end.run_id
            return replace(end, missing=interpreters.missing, artifact=artifact)
        finally:
            if artifact is not None:
                # Also of a run that was interrupted: what there is.
                with runs.open(run_id or execution.begun().id) as store:
                    write_artifact(artifact, part, store)
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


def _execution(
    planned: Planned,
    options: RunOptions,
    judge: Judge,
    *,
    interpreters: Interpreters,
    server: str,
    open_store: Callable[[], RunStore],
    earlier: EarlierRuns | None,
) -> Execution:
    spec = planned.loaded.spec
    rigs = {
        platform: Rig(
            provider=EnvironmentProvider(cache_directory(), interpreters, refresh=options.upgrade),
            recipes={lane.name: recipe_of(lane, platform) for lane in spec.lanes_of(platform)},
            fork=forks(platform),
        )
        for platform in dict.fromkeys(environment.platform for environment in planned.plan.environments)
    }
    return Execution(
        planned.plan,
        rigs=rigs,
        kit=Kit(scenarios=planned.loaded.folders, server=server, cancelled=threading.Event()),
        basis=FingerprintBasis(
            kit=kit_fingerprint(planned.loaded.folders[-1] / "kit"),
            scenarios=planned.loaded.scenarios,
            lanes={lane.name: lane.settings for lane in spec.lanes},
            isolate=options.isolate,
        ),
        open_store=open_store,
        earlier=earlier,
        is_unexpected=lambda result: judge.verdict(Known.of(result)) is Verdict.UNEXPECTED,
        options=ExecutionOptions(jobs=options.jobs, isolate=options.isolate, deadline=options.deadline),
    )


def recipe_of(lane: Lane, platform: str) -> LaneRecipe:
    """How a lane is asked for on a platform, as the runner wants to know it."""
    return LaneRecipe(
        name=lane.name,
        settings=lane.settings,
        reactorless=lane.reactor == "none",
        reactor=lane.expected_reactor(platform),
        loop=lane.expected_loop(platform),
    )


def _end(execution: Execution, runs: Runs, earlier: EarlierRuns | None, judge: Judge, options: RunOptions) -> RunEnd:
    """Judge and render what was run; where nothing was, the run that said it all stands."""
    store = execution.store
    fresh = store is not None
    if store is None:
        assert earlier is not None
        assert earlier.same_id is not None
        store = runs.open(earlier.same_id)
    out = options.out or (None if options.narrowed else REPORTS)
    return end_of(store, runs, judge, out, fresh=fresh, executed=execution.executed)


def end_of(store: RunStore, runs: Runs, judge: Judge, out: Path | None, *, fresh: bool, executed: int) -> RunEnd:
    """Judge and render the run in a store, which is closed then.

    `fresh`: it has just come to its end. `out`: folder for the reports; None: there are none.
    """
    reports = report_files(out) if out is not None else ()
    if not fresh:
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
    if fresh:
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
        executed=executed,
        unchanged=not fresh,
        complete=view.complete,
        outcomes={outcome.value: count for outcome, count in view.outcomes.most_common() if count},
        verdicts=judgement.told_counts,
        missing={},
        written=reports,
    )
