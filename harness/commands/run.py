"""What `run` does, as a story: load the matrix, plan, provide and run, store, render."""

from __future__ import annotations

import os
import platform as host_platform
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from harness.commands.run_end import end_of
from harness.commands.run_options import RunOptions
from harness.commands.this_machine import planned_here, working_machine
from harness.executors.dask.messages import RunContext
from harness.executors.local import LocalExecutor
from harness.infra.files import remove_abandoned
from harness.infra.interruption import finishing
from harness.infra.machine_limits import require_open_files
from harness.infra.platforms import current_platform
from harness.infra.resources import REPORTS, cache_directory
from harness.infra.text import plural
from harness.interpreters.downloads import Say
from harness.judge.verdict import Judge
from harness.plan.planner import plan_spec
from harness.render.text.run import RunEnd
from harness.runner.cell_process import Kit
from harness.runner.coordinator import Executor, RunCoordinator
from harness.runner.environment_runner import EnvironmentRunner
from harness.runner.fingerprints import FingerprintInputs
from harness.runner.loopback_server import NoLoopbackError, loopback_server
from harness.runner.progress import RunProgress
from harness.runner.runtimes import Stocks, lane_specs_of, platform_runtimes, pythons_of, stocks_of
from harness.runner.time_budget import TimeBudget, stop_after
from harness.sampling.budget import narrowed
from harness.sampling.history import Machine, known_cell
from harness.scenarios.catalogue import kit_fingerprint
from harness.shards.artifact_writer import artifact_path, write_artifact
from harness.shards.identity import ShardPart, identity_of, part_of
from harness.store.machine import machine_id
from harness.store.plan_name import stored_name
from harness.store.previous_runs import PreviousRuns, repair_damaged
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.workspace import PlannedRun, load_workspace, refuse_foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a run has to do, and what this machine has for it."""

    part: ShardPart
    stocks: Stocks
    """Empty where a cluster runs the cells."""


@contextmanager
def work_of(options: RunOptions, say: Say) -> Iterator[Work]:
    """Give what a run has to do, for as long as the context lasts; for `say` see `stocks_of`.

    A part of a plan that is split, and a plan for a cluster, are literal: they have to be the same on all machines.
    """
    loaded, filters = load_workspace(options.matrix, options.scenarios), options.filters
    downloads = options.downloads(adapts=plan_spec(loaded.spec, options.plan).adapts)
    if options.cluster is None:
        refuse_foreign(filters.platforms(filters.over(loaded.known)))
    if options.cluster is None and options.shard is None:
        with planned_here(loaded, options.plan, filters, downloads=downloads, say=say) as (planned, stocks):
            yield Work(part=part_of(planned, None), stocks=stocks)
        return
    part = part_of(loaded.planned(options.plan, filters), options.shard)
    wanted = {} if options.cluster is not None else pythons_of(part.planned.plan)
    with stocks_of(wanted, cache_directory(), downloads=downloads, say=say) as stocks:
        yield Work(part=part, stocks=stocks)


def run_context(planned: PlannedRun, options: RunOptions, judge: Judge) -> RunContext:
    """Return what every machine that works on a run is told of it."""
    loaded = planned.loaded
    lane_specs = lane_specs_of(planned.plan, loaded.spec)
    basis = FingerprintInputs(
        kit=kit_fingerprint(loaded.folders[-1] / "kit"),
        scenarios={name: scenario.fingerprint for name, scenario in loaded.scenarios.items()},
        kinds={name: scenario.info.kind for name, scenario in loaded.scenarios.items()},
        lanes={lane.name: lane.settings for lane in loaded.spec.lanes},
        own=tuple(name for name, scenario in loaded.scenarios.items() if scenario.path.parent != loaded.folders[-1]),
        isolate=options.isolate,
    )
    return RunContext(
        basis=basis,
        judge=judge,
        lane_specs=lane_specs,
        deadline=options.deadline,
        refresh=options.upgrade,
        memory=loaded.spec.memory,
    )


@contextmanager
def executor_for(
    planned: PlannedRun,
    options: RunOptions,
    context: RunContext,
    stocks: Stocks,
    earlier: PreviousRuns | None,
    *,
    say: Callable[[str], object],
    stop: TimeBudget,
) -> Iterator[Executor]:
    """Yield who runs the cells."""
    folders = planned.loaded.folders
    if options.cluster is not None:
        from harness.executors.dask.client import DaskExecutor

        whose = f"{machine_id(cache_directory())} {options.state.resolve()} {options.fresh}"
        known = earlier.marks if earlier is not None else lambda _: {}
        yield DaskExecutor(options.cluster, context, folders, known=known, whose=whose, say=say)
        return
    runtimes = platform_runtimes(planned.plan, context.lane_specs, stocks, cache_directory(), refresh=options.upgrade)
    with ExitStack() as stack:
        server, obstacle = "", ""
        try:
            server = stack.enter_context(loopback_server())
        except NoLoopbackError as error:
            obstacle = str(error)
        environment_runner = EnvironmentRunner(
            runtimes=runtimes.by_platform,
            basis=context.basis,
            is_unexpected=context.is_unexpected,
            is_unclaimed=context.is_unclaimed,
            isolate=options.isolate,
            deadline=options.deadline,
            obstacle=obstacle,
        )
        kit = Kit(scenarios=folders, server=server, cancelled=threading.Event(), memory=planned.loaded.spec.memory)
        yield LocalExecutor(environment_runner, kit, jobs=options.jobs, missing=runtimes.missing, stop=stop)


def run_plan(options: RunOptions, console: Console, progress: RunProgress | None = None) -> RunEnd:
    """Run what is asked for and write the reports; raises `HarnessError`, or `KeyboardInterrupt` on Ctrl-C.

    Whatever is raised, what had finished is in the store, and the next run takes it up. `progress` shows what is done,
    by default as lines on `console`.
    """
    progress = progress or RunProgress(console)
    require_open_files(options.jobs)
    stop = stop_after(options.sampling.seconds, options.sampling.budget)
    say = partial(console.print, highlight=False, markup=False)
    out = options.out or (None if options.narrowed else REPORTS)
    with work_of(options, say) as work:
        return _run(options, work, stop=stop, say=say, progress=progress, out=out)


def run_planned(
    options: RunOptions, planned: PlannedRun, stocks: Stocks, *, stop: TimeBudget, say: Say, progress: RunProgress
) -> RunEnd:
    """Run a plan that is made already on this machine and store it; there are no reports. Raises as `run_plan`."""
    require_open_files(options.jobs)
    work = Work(part=part_of(planned, None), stocks=stocks)
    return _run(options, work, stop=stop, say=say, progress=progress, out=None)


def _run(
    options: RunOptions, work: Work, *, stop: TimeBudget, say: Say, progress: RunProgress, out: Path | None
) -> RunEnd:
    part, planned = work.part, work.part.planned
    artifact = None if options.artifact is None else artifact_path(options.artifact, part)
    terms = None if artifact is None else identity_of(part.whole)
    judge = planned.loaded.judge(options.baselines)
    runs = Runs(options.state)
    remove_abandoned(cache_directory())
    for told in repair_damaged(runs):
        say(told)
    if options.sampling.any:
        planned = narrowed(planned, options.sampling, judge, runs, _machine(work, options))
    earlier = None
    if not options.fresh:
        earlier = PreviousRuns(
            runs,
            planned.plan,
            is_unexpected=lambda row: judge.is_unexpected(known_cell(row)),
            judged_by=judge.digest,
            ignored=options.ignored,
        )

    def open_store() -> RunStore:
        # What is wrong with a baseline is told before anything runs.
        len(judge.baselines)
        plan, host, command = planned.plan, host_facts(), options.command
        name = stored_name(plan, narrowed=options.narrowed)
        return runs.create(
            plan=name,
            plan_hash=plan.hash,
            plan_json=plan.to_json(),
            host=host,
            command=command,
            inputs=context.basis.recorded(options.deadline),
        )

    context = run_context(planned, options, judge)
    with executor_for(planned, options, context, work.stocks, earlier, say=say, stop=stop) as executor:
        execution = RunCoordinator(
            planned.plan,
            executor=executor,
            basis=context.basis,
            open_store=open_store,
            earlier=earlier,
            order=planned.order,
        )
        run_id = None
        try:
            progress.begin(planned.plan.runnable)
            execution.run(progress)
            if execution.store is not None:
                progress.step(f"judging {plural(planned.plan.count, 'cell')} and writing what they say")
            end = _end(execution, runs, earlier, judge, out)
            run_id = end.run_id
            return replace(end, missing=executor.missing, given_up=executor.given_up, artifact=artifact)
        finally:
            with finishing():
                if artifact is not None and terms is not None:
                    # Also of a run that was interrupted: what there is.
                    with runs.glance(run_id or execution.begun().id) as store:
                        write_artifact(artifact, part, terms, store)
                if execution.store is not None:
                    execution.store.close()


def _machine(work: Work, options: RunOptions) -> Machine:
    if options.cluster is not None:
        # Whatever is asked for may be there.
        return Machine(id=machine_id(cache_directory()), parallel=1, isolate=options.isolate)
    return working_machine(work.part.planned.plan, work.stocks, jobs=options.jobs, isolate=options.isolate)


def host_facts() -> dict[str, str]:
    """Return what is said in reports of the machine: nothing that names it or its user."""
    return {
        "id": machine_id(cache_directory()),
        "platform": current_platform(),
        "system": f"{host_platform.system()} {host_platform.release()}",
        "machine": host_platform.machine(),
        "cores": str(os.cpu_count() or 1),
        "python": host_platform.python_version(),
        "harness": version("scrapy-compat-harness"),
    }


def _end(execution: RunCoordinator, runs: Runs, earlier: PreviousRuns | None, judge: Judge, out: Path | None) -> RunEnd:
    """Judge and render what was run; where nothing was, the run that said it all stands."""
    store = execution.store
    fresh = store is not None
    if store is None:
        assert earlier is not None
        assert earlier.same_id is not None
        store = runs.open(earlier.same_id)
    return end_of(store, runs, judge, out, fresh=fresh, executed=execution.executed)
