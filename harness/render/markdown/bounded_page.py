"""A Markdown page that cannot grow past its size: what is cut says how much it was and how to see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.infra.text import plural

ROWS = 100
"""Of a table, unless there is a reason for more or fewer."""
CELLS = "scrapy-compat cells"
"""The command that has every cell, for what is cut."""


class BoundedPage:
    """Lines of Markdown under a limit of bytes."""

    def __init__(self, limit: int) -> None:
        """`limit`: bytes of the whole page."""
        self._lines: list[str] = []
        self._left = limit

    def text(self) -> str:
        """The page."""
        return "\n".join(self._lines).rstrip() + "\n"

    def line(self, text: str = "") -> bool:
        """Adds a line; False where the page is full and it was left out."""
        size = len(text.encode()) + 1
        if size > self._left:
            return False
        self._left -= size
        self._lines.append(text)
        return True

    def heading(self, text: str, level: int = 2) -> None:
        """Adds a heading with empty lines around it."""
        for line in ("", f"{'#' * level} {text}", ""):
            self.line(line)

    def items(self, lines: Iterable[str], count: int, *, limit: int, share: float, more: str) -> None:
        """Adds list items or other lines of their own, cut like the rows of `table`."""
        self._cut((line if line.startswith("-") else f"- {line}" for line in lines), count, limit, share, more)
        self.line()

    def table(
        self, header: Sequence[str], rows: Iterable[Sequence[str]], count: int, *, limit: int, share: float, more: str
    ) -> None:
        """Adds a table of at most `limit` of its `count` rows and `share` of what is left of the page.

        `more` tells how to see all; rows that are left out are not asked for.
        """
        self.line("| " + " | ".join(header) + " |")
        self.line("|" + " --- |" * len(header))
        self._cut(("| " + " | ".join(row) + " |" for row in rows), count, limit, share, more)
        self.line()

    def _cut(self, lines: Iterable[str], count: int, limit: int, share: float, more: str) -> None:
        floor = self._left * (1 - share)
        for written, line in enumerate(lines):
            if written >= limit or self._left - len(line.encode()) < floor or not self.line(line):
                self.line()
                self.line(f"*… {plural(count - written, 'more row')} left out here: {more}*")
                return
