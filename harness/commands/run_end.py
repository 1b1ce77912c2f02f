"""How a run or a merge ends: it is judged and rendered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.judge.claim_results import Judgement, judge_cells
from harness.judge.verdict import Judge
from harness.plan.plan_records import Plan
from harness.render.existing_report import is_of_run, recorded_verdicts
from harness.render.formats import FORMATS, report_files
from harness.render.report_subject import Subject
from harness.render.run_summaries import listed_like, sum_up, write_feed_of
from harness.render.text.run import RunEnd
from harness.render.view import ReportView
from harness.store.run_directory import Runs, now
from harness.store.run_store import RunStore

if TYPE_CHECKING:
    from harness.render.listed_run import ListedRun


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
        if summary is not None and judged and current and (not reports or recorded_verdicts(reports[0], judge.digest)):
            store.close()
            plan = Plan.from_json(meta.plan_json)
            return RunEnd(
                run_id=meta.id,
                executed=0,
                unchanged=True,
                complete=meta.complete,
                outcomes={} if reports else summary.outcomes,
                verdicts=summary.verdicts,
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
    summary = sum_up(runs, view, judgement)
    if out is not None:
        write_reports(view, out, judgement, listed_like(runs, view.run))
        reports = (*reports, write_feed_of(runs, view.run, judge, out))
    store.close()
    return RunEnd(
        run_id=view.run.id,
        executed=executed,
        unchanged=not fresh,
        complete=view.complete,
        outcomes={outcome.value: count for outcome, count in view.outcomes.most_common() if count},
        verdicts=judgement.told_counts,
        written=reports,
        coverage=view.plan.coverage,
        adaptation=view.plan.adaptation,
        summary=summary,
    )


def write_reports(
    view: ReportView, directory: Path, judgement: Judgement | None = None, past: Sequence[ListedRun] = ()
) -> tuple[Path, ...]:
    """Write the files of a report, and return their paths. Raises `StorageError` where that cannot be done.

    Without a `judgement` of the view's cells they say nothing of claims and verdicts. `past`: the runs that the page
    shows as its history.
    """
    subject = Subject(view=view, judgement=judgement, past=lambda: past)
    return tuple(path for each in FORMATS.values() if each.default for path in each.write(subject, directory))
