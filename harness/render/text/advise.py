"""Advice as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analysis.advice.recommendation import Advice, HelperStanding, Obstacle, Remaining, UnsolvedScenario
from harness.analysis.advice.snippets import advised_code, function_name
from harness.analysis.advice.source_check import CheckedUse
from harness.analysis.advice.version_ranges import Segment
from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellBlock
from harness.analysis.ranges import fold
from harness.infra.text import one_line, plural
from harness.model.known_cells import AXES
from harness.render.block_phrases import BlockText

_STOPS = 4
_INDENT = "    "
_PLACE = AXES[:-1]
_REACTORS = {"asyncio": "the asyncio reactor", "none": "no reactor", "other": "another reactor"}


def advice_lines(advice: Advice, copied: str) -> Iterator[str]:
    """Return what passes, what does not and why, what to write; `copied`: source of the copies that were measured."""
    yield f"measured: {plural(sum(each.cells for each in advice.standings), 'cell')} that tell helpers apart"
    if advice.silent:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in advice.silent.most_common())
        yield f"nothing was tried in {plural(sum(advice.silent.values()), 'cell')}: {told}"
    if advice.left_out:
        yield "no helper passes, left out:"
        yield from map(_left_out, advice.left_out)
    if advice.untried:
        yield f"of Scrapy {fold(advice.untried, advice.asked)} nothing is known; what is said of ranges leaves them out"
    words = BlockText(advice.grid, advice.axes)
    every = [each for each in advice.standings if not each.stops]
    none = [each for each in advice.standings if not each.passed]
    yield f"\npass in every cell: {_named(every)}"
    yield f"pass in none: {_named(none)}"
    for each in advice.standings:
        if each.stops:
            yield f"{each.helper}: passes in {each.passed:,} of {plural(each.cells, 'cell')}; stopped by"
            yield from _stops(each.stops, words)
    yield from _what_to_write(advice, copied)


def have_lines(judged: Sequence[CheckedUse], others: Sequence[int], path: str) -> Iterator[str]:
    """Return what the cells say of each use in a source."""
    yield f"\n{path}: {plural(len(judged), 'use')} of a Deferred"
    for each in judged:
        yield f"{path}:{each.line}: {one_line(each.text)}"
        if not each.scenarios:
            yield f"{_INDENT}{each.helper}: nothing like it was measured in this range"
            continue
        like = f"{each.helper}, as in {', '.join(each.scenarios)}"
        if not each.stops:
            yield f"{_INDENT}{like}: passes in all {plural(each.passed, 'cell')}"
            continue
        broken = sum(stop.cells for stop in each.stops)
        beyond = f" (no helper passes in {each.hopeless:,} of them)" if each.hopeless else ""
        yield f"{_INDENT}{like}: breaks in {broken:,} of {plural(broken + each.passed, 'cell')}{beyond}"
        yield from _stops(each.stops, BlockText(each.grid, each.axes))
        if each.instead is not None:
            yield from (f"{_INDENT}{'write: ' if not number else '       '}{line}"
                        for number, line in enumerate(each.instead.splitlines()))  # fmt: skip
    if others:
        yield f"{path}: not known to be Deferreds: what is awaited in line {', '.join(map(str, others))}"


def _named(standings: Sequence[HelperStanding]) -> str:
    return ", ".join(f"{each.helper} ({each.cells:,})" for each in standings) or "none"


def _stops(stops: Sequence[Obstacle], words: BlockText) -> Iterator[str]:
    for stop in stops[:_STOPS]:
        where = words.write(stop.block, _PLACE)
        yield f"{_INDENT}{stop.cells:7,}  {one_line(stop.why)}: {where}"
    if len(stops) > _STOPS:
        rest = sum(stop.cells for stop in stops[_STOPS:])
        yield f"{_INDENT}{rest:7,}  in {len(stops) - _STOPS} more ranges"


def _left_out(found: UnsolvedScenario) -> str:
    """Where no helper passes a scenario, and where one does."""
    head = f"{_INDENT}{found.cells:7,}  {found.scenario}:"
    if not found.passing:
        return f"{head} anywhere"
    words = BlockText(found.grid, found.axes)

    def told(blocks: Sequence[CellBlock]) -> str:
        more = [plural(len(blocks) - _STOPS, "more range")] if len(blocks) > _STOPS else []
        return "; ".join([*(words.write(block, _PLACE) for block in blocks[:_STOPS]), *more])

    if len(found.passing) < len(found.stuck):
        return f"{head} anywhere but {told(found.passing)}"
    return f"{head} {told(found.stuck)}; elsewhere one does"


def _what_to_write(advice: Advice, copied: str) -> Iterator[str]:
    if not advice.recipes:
        yield "\nNothing was measured in this range."
    for number, recipe in enumerate(advice.recipes):
        others = f" in {', '.join(recipe.scenarios)}"
        told = "; ".join(_told(segment, advice.axes) for segment in recipe.segments)
        yield f"\nWhat to write{others if number else ''}: {told}"
        if recipe.remaining:
            yield "No code passes in every cell of this. There remain:"
            yield from _remaining(recipe.remaining, advice)
            continue
        code = advised_code(recipe.segments, copied)
        yield from ("", *code.splitlines()) if code else ()
        yield "\nvalue = await " + (f"{function_name(recipe.segments)}(deferred)" if code else "deferred")


def _told(segment: Segment, axes: AxisValues) -> str:
    """`direct with Scrapy 2.4-2.6`."""
    reactors: dict[str | None, list[str]] = {}
    for kind, helper in segment.by_reactor:
        reactors.setdefault(helper, []).append(_REACTORS[kind])
    parts = [f"{helper or 'nothing'} with {' or '.join(kinds)}" for helper, kinds in reactors.items()]
    return f"{', '.join(parts) or segment.helper} with Scrapy {_releases(segment.releases, axes)}"


def _remaining(remaining: Sequence[Remaining], advice: Advice) -> Iterator[str]:
    words = BlockText(advice.grid, advice.axes)
    for each in remaining:
        best = each.best
        yield (
            f"Scrapy {_releases(each.releases, advice.axes)}, {_REACTORS[each.reactor]}: {best.helper} passes in most, "
            f"{best.passed:,} of {plural(best.cells, 'cell')}; stopped by"
        )
        yield from _stops(best.stops, words)


def _releases(releases: Sequence[str], axes: AxisValues) -> str:
    return fold(map(axes.label, releases), axes.scrapys)
