"""Reports: one view, one module a format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.judge.claims import Judgement
from harness.render.view import ReportView

if TYPE_CHECKING:
    from harness.render.history import PastRun

__all__ = ["ReportView", "write_reports"]


def write_reports(
    view: ReportView, directory: Path, judgement: Judgement | None = None, past: Sequence[PastRun] = ()
) -> tuple[Path, ...]:
    """Writes the files of a report; returns their paths. Raises `StorageError` where that cannot be done.

    Without a `judgement` of the view's cells they say nothing of claims and verdicts. `past`: the runs that the page
    shows as its history.
    """
    from harness.render.compat_json import write_compat_json
    from harness.render.current import report_files
    from harness.render.files import written_whole
    from harness.render.html import write_page
    from harness.render.markdown import render_markdown
    from harness.render.matrix_json import write_matrix_json

    write_matrix_json(view, directory / "matrix.json", judgement)
    write_compat_json(view, directory / "compat.json")
    with written_whole(directory / "matrix.md") as file:
        file.write(render_markdown(view, judgement))
    write_page(view, directory / "index.html", judgement, past)
    return report_files(directory)
