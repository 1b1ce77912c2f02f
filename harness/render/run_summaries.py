"""What stored runs came to: summed up when they end, then listed and told in a feed without reading their cells."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from harness.analysis.run_diff import compare
from harness.judge.claim_results import Judgement, judge_cells
from harness.judge.verdict import Judge
from harness.render.answer import answer_of
from harness.render.feed import ENTRIES, write_feed
from harness.render.listed_run import ListedRun
from harness.render.run_sides import side_of
from harness.render.text.diff import changes_lines
from harness.render.view import ReportView
from harness.store.run_directory import Runs, StoredRun
from harness.store.schema import RunMeta
from harness.store.summary import Changes, Summary

_LINES = 100
"""Lines of changes that are kept of a run."""


def listed_runs(runs: Runs) -> list[ListedRun]:
    """Return every stored run, oldest first. Reads what was summed up when they ended: milliseconds a run.

    Raises `StorageError` only where the folder itself cannot be read.
    """
    return [_listed(run) for run in runs.stored()]


def listed_like(runs: Runs, of: RunMeta) -> list[ListedRun]:
    """Return the latest stored runs of the plan and machine of the run `of`, oldest first. Raises as `listed_runs`."""
    return [_listed(run) for run in runs.stored() if run.meta is not None and run.meta.is_like(of)][-ENTRIES:]


def _listed(run: StoredRun) -> ListedRun:
    meta, summary = run.meta, None if run.meta is None else run.meta.summary
    changes = None if summary is None else summary.changes
    return ListedRun(
        id=run.id,
        started="" if meta is None else meta.started,
        day=f"{run.id[:4]}-{run.id[4:6]}-{run.id[6:8]}",
        finished=None if meta is None else meta.finished,
        machine="" if meta is None else meta.machine,
        platform="" if meta is None else meta.host.get("platform", ""),
        plan="" if meta is None else meta.plan,
        narrowed=meta is not None and meta.narrowed,
        complete=meta is not None and meta.complete,
        cells=sum(run.outcomes.values()),
        outcomes=run.outcomes,
        verdicts=None if summary is None else dict(summary.verdicts),
        changes=None if changes is None else dict(changes.counts),
        problem=run.problem,
    )


def sum_up(runs: Runs, view: ReportView, judgement: Judgement) -> Summary:
    """Sum up a stored run that ended: what it came to, and what changed since the run before. Raises `StorageError`."""
    outcomes = {outcome.value: count for outcome, count in view.outcomes.most_common() if count}
    known = view.run.summary
    # The run before does not change; only what is judged of this one does.
    changes = _changes(runs, view) if known is None else known.changes
    summary = Summary(
        outcomes=outcomes,
        verdicts=judgement.told_counts,
        judged_by=judgement.digest,
        changes=changes,
        answer=answer_of(view, judgement),
    )
    if summary != known:
        with runs.glance(view.run.id) as store:
            store.summarise(summary)
    return summary


def write_feed_of(runs: Runs, of: RunMeta, judge: Judge, directory: Path) -> Path:
    """Write `feed.xml` into the folder of a report of the run `of`; its path. Raises `StorageError`.

    Of the runs that it tells of, those that ended before runs were summed up are now: some seconds for each.
    """
    metas = [run.meta for run in runs.stored() if run.meta is not None and run.meta.is_like(of)]
    for meta in metas[-ENTRIES:]:
        if meta.finished is not None and meta.summary is None:
            with runs.open(meta.id) as store:
                view = ReportView.of_store(store)
            sum_up(runs, view, judge_cells(judge, view.known))
    path = directory / "feed.xml"
    write_feed(runs, of, path)
    return path


def _changes(runs: Runs, view: ReportView) -> Changes | None:
    before = runs.before(view.run)
    if before is None:
        return None
    with runs.open(before) as store:
        earlier = side_of(ReportView.of_store(store), runs)
    diff = compare(earlier, side_of(view, runs))
    lines = list(islice(changes_lines(diff, everything=False), _LINES + 1))
    if len(lines) > _LINES:
        lines[_LINES:] = [f"… more: scrapy-compat diff {before} {view.run.id} --all"]
    counts = {change.value: count for change, count in diff.counts.items()}
    return Changes(before=before, counts=counts, lines=tuple(lines))
