"""What newer releases of Scrapy take away of what a user's source names, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.analysis.advice.source_changes import SourceChange
from harness.analysis.axis_values import AxisValues
from harness.analysis.ranges import fold
from harness.infra.text import one_line, plural
from harness.render.change_phrases import folded, gone_phrase, name_phrase, told_once
from harness.render.text.advise import INDENT

_WORDS = 300
"""Characters of Scrapy's own words that are shown."""
_LINES = 6
"""Lines of sources named for one release."""


def change_lines(changes: Sequence[SourceChange], path: str, axes: AxisValues) -> Iterator[str]:
    """Return what is taken away or deprecated in a source, by line; `axes`: of the releases of the range."""
    for each in told_once(changes):
        said = []
        if each.gone:
            said.append(gone_phrase(each, axes))
        if each.deprecated:
            said.append(
                f"{'' if said else f'{name_phrase(each)} is '}deprecated in Scrapy {folded(each.deprecated, axes)}"
            )
        yield f"{path}:{each.line}: {'; '.join(said)}"
        if each.words:
            words = one_line(each.words)
            yield f"{INDENT}Scrapy says: {words[:_WORDS]}{'…' if len(words) > _WORDS else ''}"
        if each.now:
            yield f"{INDENT}it was {each.now}, which can be imported from there"


def taken_away_lines(
    found: Mapping[str, Sequence[SourceChange]], axes: AxisValues, unknown: Sequence[str]
) -> Iterator[str]:
    """Return by release what it takes away in all sources; `unknown`: releases of which no names are known."""
    first: dict[str, list[tuple[str, SourceChange]]] = {}
    for path, changes in found.items():
        for each in told_once(changes):
            if each.gone:
                first.setdefault(each.gone[0], []).append((path, each))
    if first:
        total = sum(map(len, first.values()))
        silent = sum(each.silent for some in first.values() for _, each in some)
        told = f", {silent} of them silently" if silent else ""
        yield f"\nWhat a newer Scrapy takes away: {plural(total, 'line')}{told}"
    for release in axes.releases:
        gone = first.get(release, [])
        # What is silent is what nobody would notice.
        gone.sort(key=lambda one: not one[1].silent)
        if gone:
            yield f"{INDENT}Scrapy {axes.label(release)}:"
            for path, each in gone[:_LINES]:
                yield f"{INDENT * 2}{'silent: ' if each.silent else ''}{name_phrase(each)} ({path}:{each.line})"
            if len(gone) > _LINES:
                yield f"{INDENT * 2}and {plural(len(gone) - _LINES, 'more line')}"
    if unknown and found:
        labels = fold(map(axes.label, unknown), axes.scrapys)
        yield f"\nScrapy {labels}: its names are not known here, so what it takes away is not said"
