"""The formats of reports: one line here for each, and a module that is imported when the format is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from harness.render.atomic_files import written_whole

if TYPE_CHECKING:
    from harness.render.report_subject import Subject


def _view(subject: Subject) -> tuple[Any, ...]:
    return subject.view, subject.judgement


def _judged(subject: Subject) -> tuple[Any, ...]:
    return (subject.judged,)


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A format that `report --format` can write."""

    file: str
    """The file, or the folder of its files, in the folder of the reports."""
    function: str
    """Where it is rendered: `<module in harness.render>:<function>`. It gives a text, or one in parts."""
    about: str
    """For `--help`."""
    takes: Callable[[Subject], tuple[Any, ...]] = _judged
    """What the function is given."""
    default: bool = False
    """Whether a run writes it."""
    for_log: bool = False
    """Whether it means something only to whoever reads the output of a command."""
    is_text: bool = True
    """Whether it is one text, which standard output can take. If not, the function also gets the path, and writes."""

    def parts(self, subject: Subject) -> Iterable[str]:
        """Return the text in parts."""
        made = self._function()(*self.takes(subject))
        return [made] if isinstance(made, str) else made

    def write(self, subject: Subject, directory: Path) -> Iterator[Path]:
        """Write its files, each whole or not at all, and give their paths. Raises `StorageError`."""
        path = directory / self.file
        if not self.is_text:
            yield from self._function()(*self.takes(subject), path) or (path,)
            return
        with written_whole(path) as file:
            file.writelines(self.parts(subject))
        yield path

    def _function(self) -> Callable[..., Any]:
        found: Callable[..., Any] = resolve_name(f"harness.render.{self.function}")
        return found


# fmt: off
FORMATS = {
    "json": ReportFormat("matrix.json", "matrix_json:matrix_json_parts", "every cell, for programs, with a JSON Schema",
                         _view, default=True),
    "compat": ReportFormat("compat.json", "compat_json:render_compat_json",
                           "what works where, for programs, with a JSON Schema",
                           lambda subject: (subject.view,), default=True),
    "markdown": ReportFormat("matrix.md", "markdown.matrix_md:render_markdown", "the whole report, to be read",
                             _view, default=True),
    "html": ReportFormat("index.html", "html.page:render_page", "the whole report, to be explored",
                         lambda subject: (*_view(subject), subject.past()), default=True),
    "junit": ReportFormat("junit.xml", "formats.junit:junit_parts", "cells as tests; expected failures are skipped"),
    "ctrf": ReportFormat("ctrf.json", "formats.ctrf:ctrf_parts", "the same in the Common Test Report Format"),
    "summary": ReportFormat("summary.md", "markdown.github:render_step_summary",
                            "for $GITHUB_STEP_SUMMARY: the unexpected first"),
    "annotations": ReportFormat("annotations.txt", "formats.annotations:annotation_parts",
                                "::error of GitHub Actions for unexpected cells", for_log=True),
    "pull-request": ReportFormat("pull-request.md", "markdown.github:render_pull_request",
                                 "a comment: what is unexpected, what changed",
                                 lambda subject: (subject.judged, *(subject.previous() or (None, "")))),
    "csv": ReportFormat("cells.csv", "formats.csv:csv_parts", "the cells, for a notebook"),
    "parquet": ReportFormat("cells.parquet", "formats.parquet:write_parquet", "the same with types, much smaller",
                            is_text=False),
    "badges": ReportFormat("badges", "formats.badges:write_badges",
                           "SVG and shields.io endpoint for each platform and lane", is_text=False),
}
"""Every format by its name."""
# fmt: on


def report_files(directory: Path) -> tuple[Path, ...]:
    """Return the files of a report in `directory`."""
    return tuple(directory / each.file for each in FORMATS.values() if each.default)
