"""Advice as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.analysis.advice.obstacles import Obstacle
from harness.analysis.advice.recommendation import Advice, HelperStanding, Recipe
from harness.analysis.advice.snippets import advised_code, function_name
from harness.analysis.advice.unsolved import UnsolvedScenario
from harness.analysis.advice.version_ranges import Segment
from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellBlock
from harness.analysis.ranges import fold
from harness.infra.text import one_line, plural
from harness.model.known_cells import AXES
from harness.model.outcome import Outcome
from harness.render.block_phrases import BlockText

_STOPS = 4
INDENT = "    "
_EXAMPLE = f"{INDENT}         e.g. "
_PLACE = AXES[:-1]
_REACTORS = {"asyncio": "the asyncio reactor", "none": "no reactor", "other": "a reactor other than asyncio"}
_PLACES = "A place is an environment, a lane and a scenario."


def advice_lines(advice: Advice, copied: str, source: str, *, everything: bool = False) -> Iterator[str]:
    """Return what to write, the code, and where it does not pass; `everything`: also what is known of each helper.

    `copied`: source of the copies that were measured. `source` says what it is known from.
    """
    words = BlockText(advice.grid, advice.axes)
    if advice.recipes:
        yield from _what_to_write(advice, words, copied, everything=everything)
    else:
        yield _no_answer(advice)
    yield ""
    yield source
    if advice.untried:
        yield f"of Scrapy {fold(advice.untried, advice.asked)} nothing is known; what is said of ranges leaves them out"
    if advice.recipes:
        yield from _all_places(advice)
    if everything:
        for each in advice.left_out:
            yield _left_out(each)
            yield f"{_EXAMPLE}{each.example}"
        yield from _standing_lines(advice.standings, words)
    else:
        yield "`--all` tells the rest: what stops each helper, where no helper passes, the code for single scenarios"


def _standing_lines(standings: Sequence[HelperStanding], words: BlockText) -> Iterator[str]:
    for each in standings:
        if each.stops:
            yield f"{each.helper}: passes in {each.passed:,} of {plural(each.cells, 'place')}; stopped by"
            yield from stop_lines(each.stops, words)
        else:
            yield f"{each.helper}: passes in all {plural(each.cells, 'place')}"


def _no_answer(advice: Advice) -> str:
    """Return why there is nothing to write."""
    if advice.left_out:
        places = plural(sum(each.places for each in advice.left_out), "place")
        return f"No helper passes in this range: {places} were measured, and none passes: {_why(advice.left_out)}"
    if advice.silent:
        return f"Nothing could be tried in this range: {_counted(advice.silent)}"
    if advice.bare or advice.alone:
        places = plural(advice.bare + advice.alone, "place")
        return f"Nothing here tells helpers apart: {places} await nothing through a helper, or through one alone"
    return "Nothing was measured in this range."


def _all_places(advice: Advice) -> Iterator[str]:
    """Yield how many places there are, and of which what is said above."""
    stuck = sum(each.places for each in advice.left_out)
    counts = [
        (advice.recipes[0].cells, "count above"),
        (advice.told - advice.recipes[0].cells, "some helper passes, and what is written above was not asked about"),
        (stuck, f"no helper passes ({plural(len(advice.left_out), 'scenario')})"),
        (sum(advice.silent.values()), f"nothing was tried: {_counted(advice.silent)}"),
        (advice.alone, "only one helper was asked about"),
        (advice.bare, "nothing is awaited through a helper"),
    ]
    yield f"{_PLACES} Of {plural(sum(count for count, _ in counts), 'place')}:"
    yield from (f"{INDENT}{count:7,}  {told}" for count, told in counts if count)


def _counted(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{outcome} {count:,}" for outcome, count in counts.most_common())


def _why(stuck: Sequence[UnsolvedScenario]) -> str:
    """Return what stops all helpers, with the number of places."""
    why: Counter[str] = sum((each.why for each in stuck), Counter())
    return ", ".join(f"{one_line(each)} {count:,}" for each, count in why.most_common())


def stop_lines(stops: Sequence[Obstacle], words: BlockText) -> Iterator[str]:
    """Yield what stops a helper, with a cell of each cause."""
    for stop in stops[:_STOPS]:
        where = words.write(stop.block, _PLACE)
        untold = f" (not told apart: {', '.join(stop.untold)})" if len(stop.untold) > 1 else ""
        yield f"{INDENT}{stop.cells:7,}  {one_line(stop.why)}: {where}{untold}"
        yield f"{_EXAMPLE}{stop.example}"
    if len(stops) > _STOPS:
        rest = sum(stop.cells for stop in stops[_STOPS:])
        yield f"{INDENT}{rest:7,}  in {len(stops) - _STOPS} more ranges"


def _left_out(found: UnsolvedScenario) -> str:
    """Where no helper passes a scenario, and where one does."""
    head = f"{INDENT}{found.places:7,}  {found.scenario}:"
    if not found.passing:
        return f"{head} anywhere"
    words = BlockText(found.grid, found.axes)

    def told(blocks: Sequence[CellBlock]) -> str:
        more = [plural(len(blocks) - _STOPS, "more range")] if len(blocks) > _STOPS else []
        return "; ".join([*(words.write(block, _PLACE) for block in blocks[:_STOPS]), *more])

    if len(found.passing) < len(found.stuck):
        return f"{head} anywhere but {told(found.passing)}"
    return f"{head} {told(found.stuck)}; elsewhere one does"


def _what_to_write(advice: Advice, words: BlockText, copied: str, *, everything: bool) -> Iterator[str]:
    axes, stuck = advice.axes, {each.scenario: each for each in advice.left_out}
    first, *others = advice.recipes
    yield f"What to write: {_segments(first, axes)}: {_count(first)}"
    yield from _code(first, copied)
    if first.stops:
        yield f"\nIt does not pass in {plural(first.cells - first.passed, 'place')}:"
        yield from stop_lines(first.stops, words)
    if first.hopeless:
        yield f"\nNo helper passes {_hopeless(first, advice)}"
    for recipe in others:
        yield f"\nIn {', '.join(recipe.scenarios)} write: {_segments(recipe, axes)}: {_count(recipe)}"
        yield from stop_lines(recipe.stops, words)
        hopeless = [stuck[scenario] for scenario in recipe.scenarios if scenario in stuck]
        if hopeless:
            places = plural(sum(each.places for each in hopeless), "other place")
            where = f"; nothing passes {_hopeless(recipe, advice)}" if recipe.hopeless else ""
            yield f"{INDENT}No helper passes in {places}: {_why(hopeless)}{where}"
            yield f"{_EXAMPLE}{hopeless[0].example}"
        if everything:
            yield from _code(recipe, copied)


def _segments(recipe: Recipe, axes: AxisValues) -> str:
    return ", ".join(_told(segment, axes) for segment in recipe.segments)


def _count(recipe: Recipe) -> str:
    if recipe.stops:
        return f"passes in {recipe.passed:,} of {plural(recipe.cells, 'place')}"
    return f"passes in {'all ' if recipe.cells > 1 else ''}{plural(recipe.cells, 'place')}"


def _hopeless(recipe: Recipe, advice: Advice) -> str:
    """Return `with the asyncio reactor with Scrapy 2.11-2.19, with Scrapy 2.0-2.10`."""
    return ", nor ".join(
        f"{''.join(f'with {_reactors(each.reactors)} ' for _ in each.reactors[:1])}"
        f"with Scrapy {fold(each.releases, advice.asked)}"
        for each in recipe.hopeless
    )


def _reactors(kinds: Iterable[str]) -> str:
    return " or ".join(_REACTORS[kind] for kind in kinds)


def _code(recipe: Recipe, copied: str) -> Iterator[str]:
    code = advised_code(_one_of_a_kind(recipe.segments), copied)
    yield from ("", *code.splitlines()) if code else ()
    yield "\nvalue = await " + (f"{function_name(recipe.segments)}(deferred)" if code else "deferred")


def _one_of_a_kind(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments of which no two neighbours are written alike."""
    found: list[Segment] = []
    for segment in segments:
        alike = found and (found[-1].helper, found[-1].by_reactor) == (segment.helper, segment.by_reactor)
        earlier = found.pop().releases if alike else ()
        found.append(replace(segment, releases=(*segment.releases, *earlier)))
    return found


def _told(segment: Segment, axes: AxisValues) -> str:
    """`direct with Scrapy 2.4-2.6`."""
    reactors: dict[str | None, list[str]] = {}
    for kind, helper in segment.by_reactor or [(kind, segment.helper) for kind in segment.only_with]:
        reactors.setdefault(helper, []).append(kind)
    parts = [f"{helper or 'nothing'} with {_reactors(kinds)}" for helper, kinds in reactors.items()]
    return f"{', '.join(parts) or segment.helper} with Scrapy {_releases(segment.releases, axes)}"


def _releases(releases: Sequence[str], axes: AxisValues) -> str:
    return fold(map(axes.label, releases), axes.scrapys)
