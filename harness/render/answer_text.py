"""The answer at the end of a run, as a terminal shows it: one screen, at most 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from harness.infra.text import number, plural, visible
from harness.store.summary import Answer, AnswerRow, Contradiction

WIDTH = 100
"""Columns of the table, however wide the terminal is."""
_LINES = 16
"""Lines of the table below its header; with that and what stands around it there are at most 20."""
_NAME = 40
"""Columns of the name of a helper or scenario."""
_LISTED = 2
"""Claims, kinds of unexpected cells and causes that are named; of more there is a number."""
_CAUSES = 5
_PADDING = 2
_KINDS = {"asyncio": "asyncio", "other": "other reactors", "none": "no reactor"}
_STYLES = {"all": "green", "some": "yellow", "none": "red", "absent": "bright_black"}


def answer_parts(answer: Answer, run_id: str, width: int = WIDTH, *, whole: bool = True) -> Iterator[Text | Table]:
    """Return what is to be printed of an answer, at most `width` columns wide but for ids of cells and of runs.

    Unless `whole`: only what is not as it should be.
    """
    width = min(width, WIDTH)
    if whole:
        yield from _what_passed(answer, run_id, width)
    yield from _not_as_documented(answer, run_id, width)
    if answer.gaps:
        yield Text("Incomplete, not measured:", style="yellow")
        for line in answer.gaps[:_CAUSES]:
            yield from _wrapped(f"  {visible(line)}", width)
        if len(answer.gaps) > _CAUSES:
            yield Text(f"  … and {len(answer.gaps) - _CAUSES} more causes, which the report tells")


def _what_passed(answer: Answer, run_id: str, width: int) -> Iterator[Text | Table]:
    if answer.advice or answer.rows:
        yield Text()
    if answer.advice:
        helpers = ", ".join(f"{helper} with Scrapy {there}" for helper, there in answer.advice.items())
        without = f" With Scrapy {answer.without} no helper passed everything." if answer.without else ""
        yield from _wrapped(f"What to write: {helpers}.{without}", width, style="bold")
    if answer.rows:
        absent = any("absent" in found for row in answer.rows for found in row.releases)
        title = f"Releases of Scrapy, by reactor, in which all, some or none of {number(answer.measured)} cells passed"
        yield from _wrapped(title + ("; absent: the release has no such helper." if absent else "."), width)
        yield _table(answer, width)
        left_out = len(answer.rows) - _LINES
        if left_out > 0:
            yield Text(f"… and {left_out} more rows: `scrapy-compat cells --run {run_id}`")
    yield Text()


def _not_as_documented(answer: Answer, run_id: str, width: int) -> Iterator[Text]:
    total = sum(answer.claims.values())
    if answer.refuted:
        count = answer.claims.get("refuted", len(answer.refuted))
        told = f"Not as documented: {count} of {plural(total, 'claim')} refuted: `scrapy-compat claims --run {run_id}`"
        yield Text(told, style="red")
        yield from _listed(answer.refuted, width)
    elif total:
        counts = ", ".join(f"{answer.claims.get(name, 0)} {name}" for name in ("refuted", "confirmed", "unverified"))
        yield Text(f"Claims of the documentation: {counts}")
    if answer.unexpected:
        yield Text(f"Unexpected: see `scrapy-compat cells --verdict unexpected --run {run_id}`", style="bold red")
        yield from _listed(answer.unexpected, width)
    if answer.unannounced:
        failed = plural(answer.unannounced, "cell")
        yield Text(
            f"{failed} failed, which no claim announces, and nothing is accepted yet: "
            f"`scrapy-compat baseline accept --run {run_id}`"
        )


def _listed(found: Sequence[Contradiction], width: int) -> Iterator[Text]:
    for each in found[:_LISTED]:
        yield Text(f"  {textwrap.shorten(visible(each.text), width - 2, placeholder=' …')}")
        if each.example:
            yield Text(f"    scrapy-compat show {visible(each.example)}")
    if len(found) > _LISTED:
        yield Text(f"  … and {len(found) - _LISTED} more")


def _wrapped(text: str, width: int, style: str = "") -> Iterator[Text]:
    indent = " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(
        text, width, initial_indent="", subsequent_indent=indent + "  ", break_on_hyphens=False, break_long_words=False
    )
    yield from (Text(line, style=style) for line in lines)


def _table(answer: Answer, width: int) -> Table:
    rows = answer.rows[:_LINES]
    first = min(max(len(visible(row.name)) for row in rows), _NAME)
    column = (width - first) // len(answer.kinds) - _PADDING
    cells = _fitted(rows, column)
    table = Table(box=None, padding=(0, _PADDING, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("", max_width=first, no_wrap=True, overflow="ellipsis")
    for kind in answer.kinds:
        table.add_column(_KINDS[kind], max_width=column, no_wrap=True, overflow="ellipsis")
    for row, texts in zip(rows, cells, strict=True):
        table.add_row(Text(visible(row.name)), *texts)
    return table


def _fitted(rows: Sequence[AnswerRow], width: int) -> list[list[Text]]:
    """Return the cells of some rows with as many lines as all of them can have."""
    lines = 4
    while True:
        cells = [[_releases(found, width, lines) for found in row.releases] for row in rows]
        lines -= 1
        if not lines or sum(max(len(text.plain.splitlines()) for text in texts) for texts in cells) <= _LINES:
            return cells


def _releases(found: Mapping[str, str], width: int, lines: int) -> Text:
    told = "; ".join(f"{word} {visible(releases)}" for word, releases in found.items())
    wrapped = textwrap.wrap(told, width, max_lines=lines, placeholder=" …", break_on_hyphens=False)
    text = Text("\n".join(wrapped))
    for word, style in _STYLES.items():
        text.highlight_regex(rf"(?<![\w-]){word}(?= )", style)
    return text
