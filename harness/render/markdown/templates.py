"""The templates of Markdown, `templates/*.md.j2`, and the filters that they have."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.analysis.ranges import fold
from harness.infra.text import code, join, number, plural, prose
from harness.render.markdown.bounded_page import BoundedPage, row


def render_bounded(template: str, limit: int, **context: Any) -> str:
    """Return the page of at most `limit` bytes that a template writes; its tables are written by `page.rows`."""
    page = BoundedPage(limit)
    return page.write(templates().get_template(template).generate(page=page, **context))


@cache
def templates() -> Environment:
    """Return the environment of the templates. What comes from cells has to go through `code` or `prose` in them."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # noqa: S701 (it would escape for HTML)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: number(value) if isinstance(value, int) else value,
    )
    made.filters |= {"code": code, "fold": fold, "listed": join, "number": number, "plural": _plural,
                     "prose": prose, "header": _header}  # fmt: skip
    return made


def _plural(counted: int | Sized, noun: str) -> str:
    return plural(counted if isinstance(counted, int) else len(counted), noun)


def _header(cells: Sequence[str]) -> str:
    return f"{row(cells)}\n|{' --- |' * len(cells)}"
