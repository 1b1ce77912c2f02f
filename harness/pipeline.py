"""The story of a run: load the matrix, plan, provide and run, store, render."""

from __future__ import annotations

import os
import platform as host_platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from harness.asking import current_platform
from harness.budgeting import Machine, narrowed
from harness.executing import Work, baggage_of, executor_for, work_of, working_machine
from harness.interpreters.downloads import Say
from harness.judge.claims import judge_cells
from harness.judge.verdicts import Judge
from harness.plan.adaptation import Adaptation
from harness.plan.coverage import Coverage
from harness.plan.model import Plan
from harness.progress import RunProgress
from harness.render import ReportView, write_reports
from harness.render.current import is_of_run, report_files, told_verdicts
from harness.render.history import past_of, remember, write_history
from harness.run_options import RunOptions
from harness.runner.execution import Execution
from harness.runner.stopping import Stop, stop_after
from harness.shards.artifact import artifact_path, write_artifact
from harness.shipped import REPORTS, cache_directory
from harness.store.earlier import EarlierRuns, rescued
from harness.store.machine import machine_id
from harness.store.plan_name import stored_name
from harness.store.run_store import RunStore
from harness.store.runs import Runs, now
from harness.store.summary import Summary


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
    """Interpreters that the plan asks for and that were not found: a line for each, which names it."""
    written: tuple[Path, ...]
    """The reports that were written, or that were up to date."""
    coverage: Coverage | None
    """What was chosen and what was left out; None: nothing was left out by choice."""
    adaptation: Adaptation | None
    """How the plan was adapted to the Pythons that are here; None: it is as it is written."""
    summary: Summary
    """What is kept of the run, with the answer that it gives."""
    artifact: Path | None = None
    """The artifact that was written."""


def run(options: RunOptions, console: Console, progress: RunProgress | None = None) -> RunEnd:
    """Run what is asked for and write the reports; raises `HarnessError`, or `KeyboardInterrupt` on Ctrl-C.

    Whatever is raised, what had finished is in the store, and the next run takes it up. `progress` shows what is done,
    by default as lines on `console`.
    """
    progress = progress or RunProgress(console)
    stop = stop_after(options.wish.seconds, options.wish.budget)
    say = partial(console.print, highlight=False, markup=False)
    with work_of(options, say) as work:
        return _run(options, work, stop, say, progress)


def _run(options: RunOptions, work: Work, stop: Stop, say: Say, progress: RunProgress) -> RunEnd:
    part, planned = work.part, work.part.planned
    artifact = None if options.artifact is None else artifact_path(options.artifact, part)
    judge = planned.loaded.judge(options.baselines)
    runs = Runs(options.state)
    for told in rescued(runs):
        say(told)
    if options.wish.any:
        planned = narrowed(planned, options.wish, judge, runs, _machine(work, options))
    earlier = None if options.fresh else EarlierRuns(runs, planned.plan)

    def open_store() -> RunStore:
        plan, host, command = planned.plan, host_facts(), options.command
        name = stored_name(plan, narrowed=options.narrowed)
        return runs.create(plan=name, plan_hash=plan.hash, plan_json=plan.to_json(), host=host, command=command)

    baggage = baggage_of(planned, options, judge)
    with executor_for(planned, options, baggage, work.stocks, earlier, say=say, stop=stop) as (executor, missing):
        execution = Execution(
            planned.plan,
            executor=executor,
            basis=baggage.basis,
            open_store=open_store,
            earlier=earlier,
            order=planned.order,
        )
        run_id = None
        try:
            progress.begin(planned.plan.runnable)
            execution.run(progress)
            if execution.store is not None:
                progress.step(f"judging {planned.plan.count:,} cells and writing what they say")
            end = _end(execution, runs, earlier, judge, options)
            run_id = end.run_id
            return replace(end, missing=missing, artifact=artifact)
        finally:
            if artifact is not None:
                # Also of a run that was interrupted: what there is.
                with runs.open(run_id or execution.begun().id) as store:
                    write_artifact(artifact, part, store)
            if execution.store is not None:
                execution.store.close()


def _machine(work: Work, options: RunOptions) -> Machine:
    if options.cluster is not None:
        # Whatever is asked for may be there.
        return Machine(id=machine_id(cache_directory()), parallel=1, isolate=options.isolate)
    return working_machine(work.part.planned.plan, work.stocks, jobs=options.jobs, isolate=options.isolate)


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
        summary = meta.summary
        # What was judged by the same files need not be judged again, nor its reports written.
        judged = summary is not None and summary.answer is not None and summary.judged_by == judge.digest
        current = all(is_of_run(path, meta.id) for path in reports)
        if summary is not None and judged and current and (not reports or told_verdicts(reports[0], judge.digest)):
            store.close()
            plan = Plan.from_json(meta.plan_json)
            return RunEnd(
                run_id=meta.id,
                executed=0,
                unchanged=True,
                complete=meta.complete,
                outcomes={} if reports else summary.outcomes,
                verdicts=summary.verdicts,
                missing={},
                written=reports,
                coverage=plan.coverage,
                adaptation=plan.adaptation,
                summary=summary,
            )
    view = ReportView.of_store(store)
    if fresh:
        store.finish(finished=now(), complete=view.complete)
        view = ReportView.of_store(store)
    judgement = judge_cells(judge, view.known)
    summary = remember(runs, view, judgement)
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
        coverage=view.plan.coverage,
        adaptation=view.plan.adaptation,
        summary=summary,
    )
