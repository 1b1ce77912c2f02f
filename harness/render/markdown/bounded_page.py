"""A Markdown page that cannot grow past its size: what is cut says how much it was and how to see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from harness.infra.text import plural

ROWS = 100
"""Of a table, unless there is a reason for more or fewer."""
_FOLD = re.compile(r"\s*\n\s*")

Item = TypeVar("Item")


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
        items: Sequence[Item],
        more: str,
        *,
        caller: Callable[[Item], str],
        limit: int = ROWS,
        share: float = 1,
    ) -> str:
        """Return the rows of a table, or list items: at most `limit` of them and `share` of what is left of the page.

        `caller` writes one of them; its lines become one. It is not asked for those that are left out. `more` tells
        how to see all.
        """
        rows: list[str] = []
        left, floor = self._left, self._left * (1 - share)
        for item in items[:limit]:
            row = _FOLD.sub(" ", caller(item).strip()) + "\n"
            left -= len(row.encode())
            if left < floor:
                break
            rows.append(row)
        cut = len(items) - len(rows)
        return "".join(rows) + (f"\n*… {plural(cut, 'more row')} left out here: {more}*\n" if cut else "")
