"""Tables of few rows as lines of plain text: rich takes more than a millisecond for each row."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.infra.text import LINE_CAP, one_line

_WHOLE = 100_000
"""Columns into which every row fits."""
_NARROWEST = 16
"""Columns that words keep, however narrow the terminal is."""


def table_lines(
    rows: Sequence[Sequence[str]], head: Sequence[str] = (), *, width: int | None = None, box: Box | None = None
) -> Iterator[str]:
    """Return the lines of a table, with the names in `head` above it if there are any.

    Nothing is cut. To fit into `width` columns, those that hold several words are folded; ids and paths stay whole and
    can be copied. Without `width`, for what is no terminal, a row is one line. What texts hold cannot break a line.
    """
    head, rows = [one_line(name) for name in head], [[one_line(text, LINE_CAP) for text in row] for row in rows]
    table = Table(box=box, show_header=bool(head), show_edge=False, pad_edge=False, padding=(0, 1 if box else 2, 0, 0))
    needed = 0
    for column in zip(*([head] if head else []), *rows, strict=True):
        natural = max(map(cell_len, column))
        has_words = any(" " in text for text in column[bool(head) :])
        least = min(natural, _NARROWEST) if has_words else natural
        table.add_column(Text(column[0]), min_width=least, no_wrap=not has_words, overflow="fold")
        needed += least + 2
    for row in rows:
        table.add_row(*map(Text, row))
    file = io.StringIO()
    Console(file=file, width=_WHOLE if width is None else max(width, needed), color_system=None).print(table)
    yield from (line.rstrip() for line in file.getvalue().splitlines())
