"""What `report` does: judges a stored run again and renders it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.run_diff import Diff, compare
from harness.commands.run_end import write_reports
from harness.commands.stored_runs import JudgedRun, judged_run, stored_view
from harness.infra.errors import ConfigurationError
from harness.infra.resources import REPORTS
from harness.judge.verdict import Judge
from harness.render.formats import FORMATS
from harness.render.report_subject import Subject
from harness.render.run_sides import side_of
from harness.render.run_summaries import listed_like, sum_up, write_feed_of
from harness.store.run_directory import Runs

STDOUT = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """What became of a report."""

    judged: JudgedRun
    written: tuple[Path, ...]
    printed: Iterator[str]
    """What goes to standard output, in parts."""


def render_report(
    state: Path, run_id: str | None, formats: Sequence[str], out: Path | None, judge: Judge
) -> WrittenReport:
    """Judge a stored run again and render it: in `formats`, or into the files that `run` writes where there are none.

    `out`: a folder, or `STDOUT` for a single format that is text. Without it, what is for a log is printed, and the
    others go into `reports/`, which shows whole plans: `ConfigurationError` for one that was narrowed.
    """
    if out == STDOUT and (len(formats) != 1 or not FORMATS[formats[0]].is_text):
        texts = ", ".join(name for name, each in FORMATS.items() if each.is_text)
        raise ConfigurationError(
            value="--out -", cause="takes one format that is text", action=f"choose one --format of {texts}"
        )
    judged = judged_run(state, run_id, judge)
    printed = [FORMATS[name] for name in formats if out == STDOUT or (out is None and FORMATS[name].for_log)]
    files = [FORMATS[name] for name in formats if FORMATS[name] not in printed]
    folder = _folder(judged, out) if files or not formats else REPORTS
    runs = Runs(state)
    subject = Subject(
        view=judged.view,
        judgement=judged.judgement,
        judge=judge,
        previous=lambda: _changes(state, judged),
        past=lambda: listed_like(runs, judged.view.run),
    )
    written = [path for each in files for path in each.write(subject, folder)]
    if not formats:
        sum_up(runs, judged.view, judged.judgement)
        written = [*write_reports(judged.view, folder, judged.judgement, listed_like(runs, judged.view.run))]
        written.append(write_feed_of(runs, judged.view.run, judge, folder))
    parts = (part for each in printed for part in each.parts(subject))
    return WrittenReport(judged=judged, written=tuple(written), printed=parts)


def _folder(judged: JudgedRun, out: Path | None) -> Path:
    if out is None and judged.view.run.narrowed:
        raise ConfigurationError(
            value=f"run {judged.view.run.id}",
            cause=f"was narrowed, and {REPORTS}/ shows whole plans",
            action="name another folder with --out",
        )
    return out or REPORTS


def _changes(state: Path, judged: JudgedRun) -> tuple[Diff, str] | None:
    """Return what changed since the last run of the same plan, and its id; None where there is none."""
    before = Runs(state).before(judged.view.run)
    if before is None:
        return None
    runs = Runs(state)
    return compare(side_of(stored_view(state, before), runs), side_of(judged.view, runs)), before
