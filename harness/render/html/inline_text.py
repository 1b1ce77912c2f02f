"""Text for the page: words of other formats made fit for HTML."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from harness.infra.text import one_line
from harness.render.mechanisms import explained

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # No HTML and no links: what comes in is text of the harness with text of cells in it.
    return MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink"])


def inline(text: str) -> Markup:
    """Return inline Markdown as other formats write it (names as code, what matters strong), as HTML."""
    from markupsafe import Markup

    return Markup(_markdown().renderInline(text.removeprefix("- ").replace("<br>", "\n")))  # noqa: S704 (made by the renderer, with HTML off)


def sentence(mechanism: str) -> str:
    """Return what a mechanism means, without mark-up."""
    return explained(one_line(mechanism, 80)).replace("`", "")
