"""Advice as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.judge.advice import Advice, Segment, Standing, Stop
from harness.judge.advised_code import advised_code, function_name
from harness.judge.having import Judged
from harness.judge.ranges import fold
from harness.render.block_text import BlockText
from harness.render.text import one_line, plural

_STOPS = 4
_INDENT = "    "


def advice_lines(advice: Advice, copied: str) -> Iterator[str]:
    """What passes, what does not and why, what to write; `copied` is the source of the copies that were measured."""
    yield f"measured: {plural(sum(each.cells for each in advice.standings), 'cell')} that tell helpers apart"
    if advice.silent:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in advice.silent.most_common())
        yield f"nothing was tried in {plural(sum(advice.silent.values()), 'cell')}: {told}"
    if advice.left_out:
        told = ", ".join(f"{scenario} {count:,}" for scenario, count in advice.left_out.most_common())
        yield f"no helper passes there, left out: {told}"
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


def have_lines(judged: Sequence[Judged], others: Sequence[int], path: str) -> Iterator[str]:
    """What the cells say of each use in a source."""
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


def _named(standings: Sequence[Standing]) -> str:
    return ", ".join(f"{each.helper} ({each.cells:,})" for each in standings) or "none"


def _stops(stops: Sequence[Stop], words: BlockText) -> Iterator[str]:
    for stop in stops[:_STOPS]:
        where = words.write(stop.block, ("platform", "scrapy", "python", "profile", "lane", "scenario"))
        yield f"{_INDENT}{stop.cells:7,}  {one_line(stop.why)}: {where}"
    if len(stops) > _STOPS:
        rest = sum(stop.cells for stop in stops[_STOPS:])
        yield f"{_INDENT}{rest:7,}  in {len(stops) - _STOPS} more ranges"


def _what_to_write(advice: Advice, copied: str) -> Iterator[str]:
    if not advice.segments:
        yield "\nNothing was measured in this range."
        return
    label = advice.axes.label

    def releases(segment: Segment) -> str:
        return fold(map(label, segment.releases), advice.axes.scrapys)

    told = ", ".join(f"{each.helper or 'no single helper'} with Scrapy {releases(each)}" for each in advice.segments)
    yield f"\nWhat to write: {told}\n"
    if all(each.helper is None for each in advice.segments):
        return
    code = advised_code(advice.segments, copied)
    yield from code.splitlines()
    yield "\nvalue = await " + (f"{function_name(advice.segments)}(deferred)" if code else "deferred")
