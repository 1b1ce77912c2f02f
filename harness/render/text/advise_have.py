"""What measured cells say of a user's source, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analysis.advice.source_check import CheckedSource, CheckedUse
from harness.analysis.advice.source_needs import SourceNeed
from harness.analysis.axis_values import AxisValues
from harness.analysis.ranges import fold
from harness.infra.text import one_line, plural
from harness.model.outcome import HELPER_MISSING
from harness.render.block_phrases import BlockText
from harness.render.text.advise import INDENT, stop_lines
from harness.render.text.advise_changes import change_lines

_NO_HELPER = {
    "": "fine everywhere",
    "reactor": "fine with every reactor, not without one",
    "coroutine": "fine where all that the driven coroutine awaits is",
}
"""What is said of uses that need no helper, by what they need."""


def have_lines(checked: CheckedSource, path: str, axes: AxisValues) -> Iterator[str]:
    """Return what the cells say of each use in a source, and what releases take away; `axes`: of the range."""
    scrapys = axes.scrapys
    yield f"\n{path}: {plural(len(checked.uses), 'use')} of a Deferred"
    for each in checked.uses:
        yield f"{path}:{each.line}: {one_line(each.text)}"
        if each.releases is not None:
            where = fold(each.releases, scrapys)
            yield f"{INDENT}runs {f'with Scrapy {where} only' if where else 'in no release of this range'}"
        for condition in each.undecided:
            yield f"{INDENT}not decided: in which releases `{one_line(condition)}` holds; the line counts in all"
        if each.releases == ():
            continue
        written = ", or as a fallback ".join((each.helper, *each.fallbacks))
        if not each.scenarios:
            yield f"{INDENT}{written}: nothing like it was measured in this range"
            continue
        like = f"{written}; as in {', '.join(each.scenarios)}" if each.fallbacks else (
            f"{written}, as in {', '.join(each.scenarios)}")  # fmt: skip
        if not each.stops:
            yield f"{INDENT}{like}: passes in all {plural(each.passed, 'place')}"
            continue
        broken = sum(stop.cells for stop in each.stops)
        beyond = f" (no helper passes in {each.hopeless:,} of them)" if each.hopeless else ""
        yield f"{INDENT}{like}: breaks in {broken:,} of {plural(broken + each.passed, 'place')}{beyond}"
        yield from stop_lines(each.stops, BlockText(each.grid, each.axes))
        yield from _what_mends_it(each, scrapys)
    yield from _without_helper(checked, path)
    yield from (_need(need, path) for need in checked.needs)
    for line, name in checked.unread:
        yield f"{path}:{line}: not decided: {name}, which is not read or is not known to do as Scrapy's helper"
    yield from change_lines(checked.changes, path, axes)
    if checked.others:
        yield f"{path}: not known to be Deferreds: what is awaited in line {', '.join(map(str, checked.others))}"


def _what_mends_it(use: CheckedUse, scrapys: Sequence[str]) -> Iterator[str]:
    if use.dead:
        yield f"{INDENT}with Scrapy {fold(use.dead, scrapys)} nothing written here helps: no helper passes there"
    if use.right:
        lacks = any(stop.why == HELPER_MISSING for stop in use.stops)
        where = ", with the function defined as above for releases that lack it" if lacks else ""
        yield f"{INDENT}right as it is{where}"
    elif use.instead is not None:
        yield from (f"{INDENT}{'write: ' if not number else '       '}{line}"
                    for number, line in enumerate(use.instead.splitlines()))  # fmt: skip


def _without_helper(checked: CheckedSource, path: str) -> Iterator[str]:
    for needed, where in _NO_HELPER.items():
        lines = [line for line, needs in checked.without_helper if needs == needed]
        if lines:
            told = ", ".join(map(str, lines))
            yield f"{path}: {plural(len(lines), 'use')} without a helper, {where}: line {told}"


def _need(need: SourceNeed, path: str) -> str:
    if need.asyncio_line is None:
        why = "without a reactor the import fails, and so the module; import it in the function that uses it"
    else:
        why = f"the coroutine awaits asyncio (line {need.asyncio_line}), which only deferred_from_coro() drives"
    return f"{path}:{need.line}: {one_line(need.text)}: {why}"
