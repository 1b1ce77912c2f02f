"""The answer in words: where each helper works, computed from the cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.render.ranges import fold
from harness.render.text import code, join, number, plural
from harness.render.view import HELPER_MISSING, ReportView, Seen
from harness.render.where import Where, reactor_of
from harness.results import MEASURED, Outcome

_FAMILIES = {"asyncio": "with the asyncio reactor", "none": "without a reactor", "other": "with another reactor"}
"""Groups of lanes in which a Deferred is awaited in one and the same way, or should be."""

_LONGEST = 200
"""Characters of a description that still tells something."""

_AXES = ("scrapy", "lane", "scenario", "python", "profile", "platform")


def family(lane: str) -> str:
    """`asyncio`, `none` or `other`."""
    reactor = reactor_of(lane)
    return reactor if reactor in _FAMILIES else "other"


def answers(view: ReportView) -> Iterator[str]:
    """One Markdown list item for each helper, in the order of the plan."""
    where = Where(view)
    by_helper: dict[str, list[Seen]] = {helper: [] for helper in view.helpers}
    for cell in view.seen:
        by_helper[cell.helper].append(cell)
    for helper, cells in by_helper.items():
        yield f"- **{code(helper)}** {_answer(view, where, cells)}"


def _answer(view: ReportView, where: Where, cells: Sequence[Seen]) -> str:
    tried = [cell for cell in cells if cell.outcome in MEASURED and cell.mechanism != HELPER_MISSING]
    if not tried:
        return "could not be tried anywhere."
    missing = {cell.scrapy for cell in cells if cell.mechanism == HELPER_MISSING}
    there = fold({cell.scrapy for cell in tried}, view.scrapys)
    verb = "do" if len(missing) > 1 else "does"
    absent = f" Scrapy {fold(missing, view.scrapys)} {verb} not have it." if missing else ""
    passed = sum(cell.outcome == Outcome.PASS for cell in tried)
    if passed == len(tried):
        return f"passed in every cell where it was tried: {plural(passed, 'cell')}, Scrapy {there}.{absent}"
    if not passed:
        return f"passed nowhere: {plural(len(tried), 'cell')}, Scrapy {there}, {_mechanisms(tried)}.{absent}"
    parts = []
    for name, words in _FAMILIES.items():
        inside = [cell for cell in tried if family(cell.lane) == name]
        if inside:
            parts.append(f"{words} {_part(where, inside)}")
    return f"passed in {_share(passed, len(tried))}, Scrapy {there}: {'; '.join(parts)}.{absent}"


def _part(where: Where, tried: Sequence[Seen]) -> str:
    passing = [cell for cell in tried if cell.outcome == Outcome.PASS]
    failing = [cell for cell in tried if cell.outcome != Outcome.PASS]
    if not failing:
        return f"always ({number(len(tried))})"
    if not passing:
        return f"never ({number(len(tried))}: {_mechanisms(failing)})"
    shares = _share(len(passing), len(tried))
    exception, only = where.place(failing, tried, _AXES), where.place(passing, tried, _AXES)
    if only.inside == len(passing) and (len(passing) < len(failing) or exception.inside != len(failing)):
        return f"only {only.text} ({shares}; elsewhere {_mechanisms(failing)})"
    if exception.inside == len(failing):
        return f"everywhere but {exception.text} ({shares}; {_mechanisms(failing)})"
    most = f", all of them {exception.text}" if 0 < len(exception.text) <= _LONGEST else ""
    return f"in {shares}, not in {plural(len(failing), 'cell')}{most} ({_mechanisms(failing)})"


def _share(some: int, every: int) -> str:
    return f"{number(some)} of {plural(every, 'cell')}"


def _mechanisms(cells: Sequence[Seen], listed: int = 3) -> str:
    counts: dict[str, int] = {}
    for cell in cells:
        name = cell.mechanism or cell.outcome.value
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: -counts[name])
    words = [code(name, 60) for name in ordered[:listed]]
    if len(ordered) > listed:
        words.append(f"{number(len(ordered) - listed)} more")
    return join(words)
