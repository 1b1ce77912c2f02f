"""A Markdown page that cannot grow past its size: what is cut says how much it was and how to see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from harness.infra.text import plural

ROWS = 100
"""Of a table, unless there is a reason for more or fewer."""
_FOLD = re.compile(r"\s*\n\s*")


class BoundedPage:
    """Lines of Markdown under a limit of bytes, which a template writes from top to bottom."""

    def __init__(self, limit: int) -> None:
        """`limit`: bytes of the whole page."""
        self._lines: list[str] = []
        self._left = limit
        self._begun = ""

    def write(self, pieces: Iterable[str]) -> str:
        """Return the page that these pieces make: no line that does not fit, no two empty lines in succession.

        A piece is asked for when those before it are counted, so that `rows` knows how much is left.
        """
        for piece in pieces:
            *lines, self._begun = (self._begun + piece).split("\n")
            for line in lines:
                size = len(line.encode()) + 1
                if size <= self._left and (line or self._lines[-1:] != [""]):
                    self._left -= size
                    self._lines.append(line)
        return "\n".join(self._lines).rstrip() + "\n"

    def rows(
        self,
        items: Sequence[Any],
        more: str,
        *,
        caller: Callable[[Any], str] | None = None,
        limit: int = ROWS,
        share: float = 1,
    ) -> str:
        """Return the rows of a table, or list items: at most `limit` of them and `share` of what is left of the page.

        An item is Markdown: a text for a list, the cells of a row, or what `caller` writes, whose lines become one and
        which is not asked for those that are left out. `more` tells how to see all.
        """
        write = caller or _written
        rows: list[str] = []
        left, floor = self._left, self._left * (1 - share)
        for item in items[:limit]:
            text = _FOLD.sub(" ", write(item).strip())
            left -= len(text.encode()) + 1
            if left < floor:
                break
            rows.append(text)
        if len(rows) < len(items):
            rows += ["", f"*… {plural(len(items) - len(rows), 'more row')} left out here: {more}*"]
        # After a call block the template has no end of a line.
        return "\n".join([*rows, ""] if caller else rows)


def row(cells: Sequence[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def _written(item: str | Sequence[str]) -> str:
    return f"- {item.removeprefix('- ')}" if isinstance(item, str) else row(item)
