"""Markdown for GitHub: the summary of a step, and a comment on a pull request."""

from __future__ import annotations

from harness.analysis.run_diff import Diff
from harness.render.formats.page_parts import Sections
from harness.render.judged_view import JudgedView
from harness.render.markdown.answers import answers
from harness.render.markdown.bounded_page import BoundedPage

SUMMARY_LIMIT = 1_000_000
"""Bytes; GitHub refuses the summary of a step that is over 1 MiB, whole."""
COMMENT_LIMIT = 60_000
"""Bytes; GitHub takes comments of 65,536 characters."""
_SUMMARY_ROWS = 1_000
_COMMENT_ROWS = 15


def render_step_summary(judged: JudgedView) -> str:
    """The summary of a step: the unexpected first, then what is not known, the numbers, the answer."""
    page = BoundedPage(SUMMARY_LIMIT)
    page.line("## Scrapy compatibility")
    page.line()
    sections = Sections(page, judged, rows=_SUMMARY_ROWS)
    sections.headline()
    sections.unexpected(ranges=20)
    sections.unknown()
    sections.totals()
    sections.claims()
    page.heading("What works where", 3)
    lines = list(answers(judged.view))
    page.items(lines, len(lines), limit=50, share=0.9, more="`matrix.md` has all")
    return page.text()


def render_pull_request(judged: JudgedView, diff: Diff | None, before: str) -> str:
    """A comment: what is unexpected, and what changed since the run `before`; None where there was none."""
    page = BoundedPage(COMMENT_LIMIT)
    page.line("### Scrapy compatibility")
    page.line()
    sections = Sections(page, judged, rows=_COMMENT_ROWS)
    sections.headline()
    sections.unexpected(ranges=2)
    if diff is not None:
        sections.changes(diff, before)
    sections.unknown()
    page.line()
    sections.claims()
    return page.text()
