"""What was chosen of a plan and what was left out, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from harness.analysis.ranges import fold, natural_key
from harness.infra.text import number, plural
from harness.plan.coverage import Coverage, Ratio, UncoveredPairs
from harness.render.view import ReportView
from harness.sampling.axis_pairs import lane_values, pairs_of

TITLE = "What was chosen, and what was left out"
_RELEASES = {"python": "Python", "scrapy": "Scrapy"}
_LISTED = 6
"""So many names are told one by one."""


def share(of: Ratio) -> str:
    """Return `12 of 48 (25 %)`; 100 % is all of them, and nothing less."""
    percent = 100 if of.chosen == of.of else 100 * of.chosen // of.of
    return f"{number(of.chosen)} of {number(of.of)} ({percent} %)"


def answered_pairs(view: ReportView) -> int:
    """Return how many pairs of axis values are in cells that a process has answered for."""
    cells = []
    for block in view.blocks:
        at = block.environment
        questions = tuple(
            pair for pair, seen in zip(block.lane.cells, block.observations, strict=True) if seen.outcome.judged
        )
        place = (at.platform, at.python, at.scrapy, at.profile, *lane_values(block.lane.name))
        cells.append((place, questions))
    return sum(map(len, pairs_of(cells).values()))


def coverage_lines(coverage: Coverage, quote: Callable[[str], str] = str) -> Iterator[str]:
    """Return what was chosen, for what, and what of the axes no cell has."""
    yield (
        f"Chosen by {coverage.name}: {number(coverage.cells.chosen)} of the {plural(coverage.cells.of, 'cell')} that "
        f"can be run, in {number(coverage.environments.chosen)} of {plural(coverage.environments.of, 'environment')} "
        f"and {number(coverage.lanes.chosen)} of {plural(coverage.lanes.of, 'lane')} of environments; "
        f"estimated to take {coverage.seconds:.0f} s"
    )
    told = {
        "unexpected": "were unexpected or flaky last time",
        "boundaries": "are at the oldest and newest releases and where something changed",
        "pairs": "meet the other pairs",
        "triples": "meet triples",
        "rest": "are there because there was time",
    }
    yield "Of these, " + ", ".join(f"{number(count)} {told[reason]}" for reason, count in coverage.reasons.items())
    yield f"Pairs of axis values covered: {share(coverage.all_pairs)}"
    if coverage.triples is not None:
        yield f"Triples of axis values covered: {share(coverage.triples)}"
    for axis, values in coverage.untouched.items():
        yield f"No cell was chosen with {names(coverage, axis, values, quote)}"


def names(coverage: Coverage, axis: str, values: Sequence[str], quote: Callable[[str], str] = str) -> str:
    """Return some values of an axis: releases as ranges, of others the first, or those not meant if they are few."""
    every = coverage.axes[axis]
    if axis in _RELEASES:
        # Those of other interpreters and branches are named one by one.
        numbered = sorted((each for each in every if each[:1].isdigit()), key=natural_key)
        folded = fold(set(values).intersection(numbered), numbered)
        return (
            f"{_RELEASES[axis]} {', '.join(filter(None, [folded, *(each for each in values if each not in numbered)]))}"
        )
    others = [each for each in every if each not in set(values)]
    if not others and len(every) > 1:
        return f"every {axis}"
    if len(values) <= _LISTED:
        return f"{axis} {', '.join(map(quote, values))}"
    if len(others) <= _LISTED:
        return f"every {axis} but {', '.join(map(quote, others))}"
    return f"{axis} {', '.join(map(quote, values[:_LISTED]))} and {len(values) - _LISTED} more"


def left_out_row(coverage: Coverage, left_out: UncoveredPairs, quote: Callable[[str], str] = str) -> list[str]:
    """Return how many pairs are left out, and between which values of two axes."""
    first, second = left_out.axes
    count = len(left_out.first) * len(left_out.second)
    written = names(coverage, first, left_out.first, quote), names(coverage, second, left_out.second, quote)
    return [number(count), *written]


def pair_rows(coverage: Coverage) -> list[list[str]]:
    """Return each two axes of which a pair of values is left out, with the share that is covered, the least first."""
    ordered = sorted((each for each in coverage.pairs if each.chosen < each.of), key=lambda each: each.chosen / each.of)
    return [[" x ".join(each.axes), share(Ratio(chosen=each.chosen, of=each.of))] for each in ordered]


def answered_line(view: ReportView, coverage: Coverage) -> str:
    """Return how many of the pairs a process has answered for."""
    found = Ratio(chosen=answered_pairs(view), of=coverage.all_pairs.of)
    rest = "; the others that were chosen lie where nothing could be run" * (found.chosen < coverage.all_pairs.chosen)
    return f"Pairs that a process answered for: {share(found)}{rest}"


def coverage_section(view: ReportView, quote: Callable[[str], str] = str) -> dict[str, Any] | None:
    """Return what a report says of what was chosen and what was left out; None where nothing was left out by choice."""
    found = view.plan.coverage
    return (
        None
        if found is None
        else {
            "title": TITLE,
            "lines": [*coverage_lines(found, quote), answered_line(view, found)],
            "pairs": pair_rows(found),
            "left_out": [left_out_row(found, each, quote) for each in found.left_out],
        }
    )
