"""harness.judge.advice: what to write; the printed code; a user's source against measured cells."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.judge.advice import Advice, Segment, advise
from harness.judge.advised_code import advised_code, function_name
from harness.judge.cells import Coordinates, Known
from harness.judge.having import Judged, judge_source
from harness.judge.source import find_uses
from harness.plan.making import PlannedEnvironment
from harness.results import Outcome
from harness.shipped import scenarios_dir
from tests import real
from tests.knowing import known

RELEASES = ("2.4.1", "2.5.1", "2.6.3", "2.14.2", "2.19.0")
HELPERS = ("direct", "maybe_deferred_to_future", "copied_maybe_deferred_to_future")
WHY = {Outcome.FAIL: "wrong-value", Outcome.UNSUPPORTED: "helper-missing"}
COPIED = (scenarios_dir() / "kit" / "copied.py").read_text(encoding="utf-8")


def cells(outcome: Callable[[Coordinates], Outcome]) -> list[Known]:
    return [
        known(at, outcome(at), WHY.get(outcome(at)))
        for release in RELEASES
        for lane in ("epoll", "asyncio-default")
        for scenario in ("callback_pending", "callback_from_thread", "pipeline_process_item")
        for helper in HELPERS
        for at in [Coordinates("linux", "3.12", release, "latest", lane, scenario, helper)]
    ]


def as_scrapy_does(at: Coordinates) -> Outcome:
    if at.helper == "direct":
        return Outcome.PASS if at.lane == "epoll" else Outcome.FAIL
    if at.helper == "maybe_deferred_to_future":
        return Outcome.PASS if at.scrapy not in RELEASES[:2] else Outcome.UNSUPPORTED
    return Outcome.PASS if at.scrapy != "2.19.0" else Outcome.FAIL


def standing(advice: Advice, helper: str) -> tuple[int, int]:
    (found,) = (each for each in advice.standings if each.helper == helper)
    return found.passed, found.cells


def test_each_helper_says_where_it_passes_and_what_stops_it() -> None:
    advice = advise(cells(as_scrapy_does))
    assert standing(advice, "direct") == (15, 30)
    assert standing(advice, "maybe_deferred_to_future") == (18, 30)
    (stop,) = next(each.stops for each in advice.standings if each.helper == "direct")
    assert (stop.why, stop.block.of("lane"), stop.cells) == ("wrong-value", ("asyncio-default",), 15)


def test_where_no_helper_does_for_all_releases_each_has_its_own() -> None:
    assert advise(cells(as_scrapy_does)).segments == (
        Segment(helper="maybe_deferred_to_future", releases=RELEASES[2:]),
        Segment(helper="copied_maybe_deferred_to_future", releases=RELEASES[:2]),
    )


def test_one_helper_that_passes_everywhere_is_all_that_is_advised() -> None:
    assert advise(cells(lambda _: Outcome.PASS)).segments == (Segment(helper="direct", releases=RELEASES),)


def test_what_no_helper_passes_is_left_out_and_named() -> None:
    def outcome(at: Coordinates) -> Outcome:
        return Outcome.FAIL if at.scenario == "callback_from_thread" else Outcome.PASS

    advice = advise(cells(outcome))
    assert advice.left_out == {"callback_from_thread": 30}
    assert standing(advice, "direct") == (20, 20)


def test_releases_in_which_nothing_always_works_are_said_to_have_no_helper() -> None:
    def outcome(at: Coordinates) -> Outcome:
        one = at.lane == "epoll"
        return Outcome.PASS if at.scrapy != "2.14.2" or one == (at.helper == "direct") else Outcome.FAIL

    assert [(each.helper, each.releases) for each in advise(cells(outcome)).segments] == [
        ("direct", ("2.19.0",)), (None, ("2.14.2",)), ("direct", RELEASES[:3]),
    ]  # fmt: skip


def test_nothing_measured_gives_no_advice() -> None:
    advice = advise(cells(lambda _: Outcome.BROKEN))
    assert (advice.segments, advice.silent) == ((), {Outcome.BROKEN: 90})


@pytest.mark.parametrize("helper", ["deferred_to_future", "copied_maybe_deferred_to_future", "as_future",
                                    "ensure_awaitable", "copied_deferred_to_future"])  # fmt: skip
def test_the_code_for_any_helper_defines_the_function_that_is_called(helper: str) -> None:
    for segments in (
        [Segment(helper=helper, releases=("2.6.3",))],
        [Segment(helper="maybe_deferred_to_future", releases=("2.6.3",)), Segment(helper=helper, releases=("2.0.1",))],
        [Segment(helper=helper, releases=("2.6.3",)), Segment(helper="direct", releases=("2.0.1",))],
    ):
        name = function_name(segments)
        body = ast.parse(advised_code(segments, COPIED))
        defined = {node.name for node in ast.walk(body) if isinstance(node, ast.FunctionDef)}
        imported = {alias.asname or alias.name for node in ast.walk(body) if isinstance(node, ast.ImportFrom)
                    for alias in node.names}  # fmt: skip
        assigned = {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and name == node.id}
        assert name in defined | imported | assigned


def test_what_can_be_awaited_as_it_is_needs_no_code() -> None:
    assert advised_code([Segment(helper="direct", releases=("2.6.3",))], COPIED) == ""


SOURCE = """
import asyncio
from scrapy.utils.defer import maybe_deferred_to_future as wait
from twisted.internet import defer, threads

class Pipeline:
    async def process_item(self, item, spider):
        d = threads.deferToThread(len, "é"); item["é"] = await d  # as it is
        item["a"] = await wait(self.crawler.engine.download(item["r"]))
        item["b"] = await defer.succeed(1).asFuture(asyncio.get_event_loop())
        item["c"] = await self.joined()
        await asyncio.sleep(1)
        return item

    @defer.inlineCallbacks
    def joined(self):
        yield defer.succeed(1)
"""


def judged(source: str, outcome: Callable[[Coordinates], Outcome] = as_scrapy_does) -> list[Judged]:
    measured = cells(outcome)
    segments = advise(measured).segments
    advised = [segment.helper for segment in segments if segment.helper]
    return judge_source(source, measured, name=function_name(segments), advised=advised)[0]


def test_every_use_of_a_deferred_is_found_with_its_helper() -> None:
    found = find_uses(ast.parse(SOURCE))
    assert [(use.helper, use.scenario, use.method) for use in found.uses] == [
        ("direct", "callback_from_thread", "process_item"),
        ("maybe_deferred_to_future", "callback_inline_request", "process_item"),
        ("as_future", "callback_fired", "process_item"),
        ("direct", "callback_inline_callbacks", "process_item"),
    ]
    assert found.others == [12]


def test_a_copy_of_a_helper_is_told_from_scrapys_own() -> None:
    copy = (
        "def deferred_to_future(d):\n    return d.asFuture(None)\nasync def parse(d):\n    await deferred_to_future(d)"
    )
    assert [use.helper for use in find_uses(ast.parse(copy)).uses] == ["copied_deferred_to_future"]


def test_a_use_that_breaks_says_where_and_what_to_write_instead() -> None:
    first, second, *_ = judged(SOURCE)
    assert first.scenarios == ("callback_from_thread", "pipeline_process_item")
    assert first.stops[0].block.of("lane") == ("asyncio-default",)
    assert first.instead is not None
    assert first.instead.endswith('item["é"] = await maybe_deferred_to_future(d)  # as it is')
    assert second.instead == 'item["a"] = await maybe_deferred_to_future(self.crawler.engine.download(item["r"]))'


def test_a_use_that_passes_stays_and_what_was_not_measured_is_said() -> None:
    first, _, third, _ = judged(SOURCE, lambda _: Outcome.PASS)
    assert (first.stops, first.instead) == ((), None)
    assert third.scenarios == ()


SCENARIO = '''
"""Await a Deferred with the code that `advise` prints."""

from kit.deferreds import later
from kit.scenario import Scenario

{code}

class Advised(Scenario):
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        return self.arrived(await {name}(later("value")))
'''
SEGMENTS = (
    Segment(helper="maybe_deferred_to_future", releases=("2.6.3", "2.13.4", "2.19.0")),
    Segment(helper="copied_maybe_deferred_to_future", releases=("2.0.1", "2.5.1")),
)
"""What a full run advises for every release and any reactor."""


@pytest.mark.index
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("python", "scrapy", "profile", "lanes"),
    [
        ("3.8", "2.5.1", "era", ["epoll", "asyncio-default"]),
        ("3.10", "2.8.0", "era", ["epoll", "asyncio-default"]),
        (real.HERE, "2.13.4", "latest", ["epoll", "asyncio-default"]),
        (real.HERE, "2.19.0", "latest", ["epoll", "asyncio-default", "none-default"]),
    ],
)
def test_the_printed_code_works_in_real_environments(
    cache: Path, tmp_path: Path, python: str, scrapy: str, profile: str, lanes: list[str]
) -> None:
    text = SCENARIO.format(code=advised_code(SEGMENTS, COPIED), name=function_name(SEGMENTS))
    (tmp_path / "advised.py").write_text(text.lstrip(), encoding="utf-8")
    planned: PlannedEnvironment = next(
        env for env in real.plan_of(python, scrapy, profile, lanes).environments if env.status is None
    )
    overlays = sorted({overlay for lane in planned.lanes for overlay in lane.overlays})
    provided = real.provide(cache, planned, overlays)
    batches = [
        real.batch_of(lane, [("advised", "none")], list(provided.overlays.values()), folders=[tmp_path])
        for lane in lanes
    ]
    results, _ = real.run_cells(provided, batches, scenarios=[tmp_path])
    assert [(result.key.lane, result.outcome, result.detail) for result in results] == [
        (lane, Outcome.PASS, None) for lane in lanes
    ]
