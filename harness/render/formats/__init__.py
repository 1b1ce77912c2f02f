"""What `scrapy-compat report --format` can write: by name, one module a format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.run_diff import Diff
from harness.render.compat_json import render_compat_json
from harness.render.formats.annotations import annotation_parts
from harness.render.formats.badges import write_badges
from harness.render.formats.csv import csv_parts
from harness.render.formats.ctrf import ctrf_parts
from harness.render.formats.junit import junit_parts
from harness.render.formats.pages import render_pull_request, render_step_summary
from harness.render.formats.parquet import write_parquet
from harness.render.html.page import render_page
from harness.render.judged_view import JudgedView
from harness.render.markdown.matrix_md import render_markdown
from harness.render.matrix_json import matrix_json_parts
from harness.render.past_runs import PastRun
from harness.render.report_files import written_whole

__all__ = ["FILES", "TEXTS", "Subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is rendered."""

    judged: JudgedView
    previous: Callable[[], tuple[Diff, str] | None]
    """What changed since the run before, and its id; worked out only where it is asked for."""
    past: Callable[[], Sequence[PastRun]]
    """The runs of the same plan on the same machine, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """A format that is one text, which a file or standard output can take."""

    file: str
    parts: Callable[[Subject], Iterable[str]]
    for_log: bool = False
    """Whether it means something only to whoever reads the output of a command."""

    def write(self, subject: Subject, directory: Path) -> Iterator[Path]:
        """Writes its file whole or not at all. Raises `StorageError`."""
        with written_whole(directory / self.file) as file:
            file.writelines(self.parts(subject))
        yield directory / self.file


def _pull_request(subject: Subject) -> Iterator[str]:
    diff, before = subject.previous() or (None, "")
    yield render_pull_request(subject.judged, diff, before)


def _parquet(subject: Subject, directory: Path) -> Iterator[Path]:
    write_parquet(subject.judged, directory / "cells.parquet")
    yield directory / "cells.parquet"


TEXTS = {
    "json": TextFormat(
        file="matrix.json", parts=lambda subject: matrix_json_parts(subject.judged.view, subject.judged.judgement)
    ),
    "compat": TextFormat(file="compat.json", parts=lambda subject: [render_compat_json(subject.judged.view)]),
    "markdown": TextFormat(
        file="matrix.md", parts=lambda subject: [render_markdown(subject.judged.view, subject.judged.judgement)]
    ),
    "html": TextFormat(
        file="index.html",
        parts=lambda subject: [render_page(subject.judged.view, subject.judged.judgement, subject.past())],
    ),
    "junit": TextFormat(file="junit.xml", parts=lambda subject: junit_parts(subject.judged)),
    "ctrf": TextFormat(file="ctrf.json", parts=lambda subject: ctrf_parts(subject.judged)),
    "summary": TextFormat(file="summary.md", parts=lambda subject: [render_step_summary(subject.judged)]),
    "annotations": TextFormat(
        file="annotations.txt", parts=lambda subject: annotation_parts(subject.judged), for_log=True
    ),
    "pull-request": TextFormat(file="pull-request.md", parts=_pull_request),
    "csv": TextFormat(file="cells.csv", parts=lambda subject: csv_parts(subject.judged)),
}
"""The formats that are one text, by name."""

FILES: dict[str, Callable[[Subject, Path], Iterator[Path]]] = {
    **{name: each.write for name, each in TEXTS.items()},
    "parquet": _parquet,
    "badges": lambda subject, directory: write_badges(subject.judged, directory / "badges"),
}
"""What writes the files of each format into a folder and gives their paths, by name."""
