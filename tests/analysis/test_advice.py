"""harness.analysis.advice.recommendation: what to write; the printed code; a user's source against measured cells."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from harness.analysis.advice.recommendation import Advice, advise
from harness.analysis.advice.snippets import advised_code, function_name
from harness.analysis.advice.source_check import CheckedUse, SourceCheck
from harness.analysis.advice.source_uses import find_uses
from harness.analysis.advice.version_ranges import Segment
from harness.infra.resources import scenarios_dir
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment
from harness.render.text.advise import advice_lines
from tests.support import live
from tests.support.known_cells import known

RELEASES = ("2.4.1", "2.5.1", "2.6.3", "2.14.2", "2.19.0")
HELPERS = ("direct", "maybe_deferred_to_future", "copied_maybe_deferred_to_future")
SCRAPYS = ["maybe_deferred_to_future", "copied_maybe_deferred_to_future"]
WHY = {Outcome.FAIL: "wrong-value", Outcome.UNSUPPORTED: "helper-missing"}
COPIED = (scenarios_dir() / "kit" / "helper_copies.py").read_text(encoding="utf-8")


def cells(outcome: Callable[[CellCoordinates], Outcome]) -> list[KnownCell]:
    return [
        known(at, outcome(at), WHY.get(outcome(at)))
        for release in RELEASES
        for lane in ("epoll", "asyncio-default")
        for scenario in ("callback_pending", "callback_from_thread", "pipeline_process_item")
        for helper in HELPERS
        for at in [CellCoordinates("linux", "3.12", release, "latest", lane, scenario, helper)]
    ]


def as_scrapy_does(at: CellCoordinates) -> Outcome:
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


def segments_of(advice: Advice) -> tuple[Segment, ...]:
    (recipe,) = advice.recipes
    assert recipe.always
    return recipe.segments


def test_where_no_helper_does_for_all_releases_each_has_its_own() -> None:
    assert segments_of(advise(cells(as_scrapy_does))) == (
        Segment(helper="maybe_deferred_to_future", releases=RELEASES[2:]),
        Segment(helper="copied_maybe_deferred_to_future", releases=RELEASES[:2]),
    )


def test_one_helper_that_passes_everywhere_is_all_that_is_advised() -> None:
    assert segments_of(advise(cells(lambda _: Outcome.PASS))) == (Segment(helper="direct", releases=RELEASES),)


def test_what_no_helper_passes_is_left_out_and_told_with_where_one_does() -> None:
    def outcome(at: CellCoordinates) -> Outcome:
        hopeless = at.scenario == "callback_from_thread" and at.lane == "epoll"
        return Outcome.FAIL if hopeless or at.scenario == "pipeline_process_item" else Outcome.PASS

    advice = advise(cells(outcome))
    told = {each.scenario: (each.places, [block.of("lane") for block in each.passing]) for each in advice.left_out}
    assert told == {"pipeline_process_item": (10, []), "callback_from_thread": (5, [("asyncio-default",)])}
    assert standing(advice, "direct") == (15, 15)
    lines = list(advice_lines(advice, COPIED, "from run 1", everything=True))
    assert "         10  pipeline_process_item: anywhere" in lines
    assert "          5  callback_from_thread: reactor other; elsewhere one does" in lines


def test_a_recipe_says_with_which_reactor_and_where_nothing_passes_with_numbers_that_add_up() -> None:
    def outcome(at: CellCoordinates) -> Outcome:
        hopeless = at.scenario == "callback_from_thread" and (at.lane != "epoll" or at.scrapy in RELEASES[:2])
        if at.scenario == "callback_from_thread" and not hopeless:
            return Outcome.PASS if at.helper == "direct" else Outcome.FAIL
        return Outcome.FAIL if hopeless or at.helper == "direct" else as_scrapy_does(at)

    advice = advise(cells(outcome))
    second = advice.recipes[1]
    assert [(each.helper, each.only_with) for each in second.segments] == [("direct", ("other",))]
    text = "\n".join(advice_lines(advice, COPIED, "from run 1"))
    assert (
        "\nIn callback_from_thread write: direct with a reactor other than asyncio with Scrapy 2.6-2.19: passes" in text
    )
    assert (
        "    No helper passes in 7 other places: wrong-value 7; nothing passes with the asyncio reactor with Scrapy "
        "2.6-2.19, nor with Scrapy 2.4-2.5\n             e.g. linux-py3.12-scrapy2.19.0-latest/asyncio-default/"
    ) in text
    assert "Of 30 places:\n         23  count above\n          7  no helper passes (1 scenario)\n" in text


def test_each_obstacle_has_a_cell_that_it_stops() -> None:
    by_id = {cell.at.key.id: cell for cell in cells(as_scrapy_does)}
    stops = [stop for each in advise(by_id.values()).standings for stop in each.stops]
    assert len(stops) == 3
    for stop in stops:
        assert by_id[stop.example].mechanism == stop.why
    asked = advise(cells(lambda at: Outcome.FAIL if at.scrapy in RELEASES[:3] else Outcome.PASS))
    assert "\nNo helper passes with Scrapy 2.4-2.6" in advice_lines(asked, COPIED, "from run 1")


def by_reactor(at: CellCoordinates) -> Outcome:
    """In one release one helper passes with epoll, the others with asyncio; elsewhere all pass."""
    one = at.lane == "epoll"
    return Outcome.PASS if at.scrapy != "2.14.2" or one == (at.helper == "direct") else Outcome.FAIL


def test_where_it_takes_a_helper_for_each_reactor_each_kind_has_its_own() -> None:
    reactors = (("asyncio", "maybe_deferred_to_future"), ("other", "direct"))
    assert segments_of(advise(cells(by_reactor))) == (
        Segment(helper="direct", releases=("2.19.0",)),
        Segment(helper=None, releases=("2.14.2",), by_reactor=reactors),
        Segment(helper="direct", releases=RELEASES[:3]),
    )


def test_a_scenario_that_needs_something_else_than_all_others_has_a_recipe_of_its_own() -> None:
    def outcome(at: CellCoordinates) -> Outcome:
        if at.scenario == "callback_from_thread" and at.lane != "epoll":
            return Outcome.PASS if at.helper == "direct" else Outcome.FAIL
        return as_scrapy_does(at)

    first, second = advise(cells(outcome)).recipes
    assert (first.scenarios, second.scenarios) == (
        ("callback_pending", "pipeline_process_item"), ("callback_from_thread",),
    )  # fmt: skip
    assert [segment.helper for segment in first.segments] == SCRAPYS
    assert second.segments == (Segment(helper="direct", releases=RELEASES),)


def test_where_nothing_always_passes_the_best_is_named_with_what_stops_it() -> None:
    def outcome(at: CellCoordinates) -> Outcome:
        odd = (at.scrapy, at.lane, at.scenario) == ("2.14.2", "epoll", "callback_from_thread")
        return Outcome.FAIL if odd and (at.python == "3.12") == (at.helper == "direct") else Outcome.PASS

    advice = advise([*cells(outcome), *(cell._replace(at=at, outcome=outcome(at)) for cell in cells(outcome)
                                        for at in [cell.at._replace(python="3.13")])])  # fmt: skip
    (only,) = advice.recipes
    assert (only.passed, only.cells) == (59, 60)
    lines = list(advice_lines(advice, COPIED, "from run 1"))
    assert lines[0] == "What to write: direct with Scrapy 2.4-2.19: passes in 59 of 60 places"
    told = lines[lines.index("\nIt does not pass in 1 place:") + 1]
    assert "wrong-value: Scrapy 2.14 · Python 3.12 · reactor other · callback_from_thread" in told


def test_releases_in_which_nothing_could_be_tried_are_named() -> None:
    advice = advise(cells(lambda at: Outcome.BROKEN if at.scrapy in RELEASES[1:3] else Outcome.PASS))
    assert advice.untried == ("2.5", "2.6")
    lines = list(advice_lines(advice, COPIED, "from run 1", everything=True))
    assert "of Scrapy 2.5-2.6 nothing is known; what is said of ranges leaves them out" in lines
    assert advise(cells(as_scrapy_does)).untried == ()


def test_nothing_measured_gives_no_advice() -> None:
    advice = advise(cells(lambda _: Outcome.BROKEN))
    assert (advice.recipes, advice.silent) == ((), {Outcome.BROKEN: 30})
    assert next(advice_lines(advice, COPIED, "")) == "Nothing could be tried in this range: broken 30"
    assert next(advice_lines(advise([]), COPIED, "")) == "Nothing was measured in this range."


def test_cells_that_were_measured_and_fail_are_not_said_to_be_unmeasured() -> None:
    told = next(advice_lines(advise(cells(lambda _: Outcome.FAIL), everything=False), COPIED, ""))
    assert told == "No helper passes in this range: 30 places were measured, and none passes: wrong-value 30"


def test_one_helper_that_alone_may_be_written_is_measured_against_nothing() -> None:
    advice = advise(each for each in cells(as_scrapy_does) if each.at.helper == "direct")
    (recipe,) = advice.recipes
    assert (recipe.passed, recipe.cells) == (15, 30)


def moved_together(at: CellCoordinates) -> KnownCell:
    """Old Scrapy, which lacks a helper, was measured on an old Python only, but for one cell of a newer release."""
    missing = at.helper == "maybe_deferred_to_future" and at.scrapy in RELEASES[:2]
    return known(at, Outcome.UNSUPPORTED, "helper-missing") if missing else known(at, Outcome.PASS, None)


def _places(releases: dict[str, tuple[str, ...]]) -> list[KnownCell]:
    return [
        moved_together(CellCoordinates("linux", python, release, "latest", lane, "callback_pending", helper))
        for release, pythons in releases.items()
        for python in pythons
        for lane in ("epoll", "asyncio-default")
        for helper in ("direct", "maybe_deferred_to_future")
    ]


def test_what_stops_a_helper_is_told_by_what_changed_alone_changes_it() -> None:
    bridge = _places({"2.4.1": ("3.8",), "2.5.1": ("3.8",), "2.6.3": ("3.8", "3.12"), "2.14.2": ("3.12",)})
    (stop,) = next(each.stops for each in advise(bridge).standings if each.helper == "maybe_deferred_to_future")
    assert (stop.block.of("scrapy"), stop.block.of("python"), stop.untold) == (("2.4.1", "2.5.1"), ("3.8", "3.12"), ())


def test_axes_that_always_change_together_are_said_not_to_be_told_apart() -> None:
    apart = _places({"2.4.1": ("3.8",), "2.14.2": ("3.12",)})
    (stop,) = next(each.stops for each in advise(apart).standings if each.helper == "maybe_deferred_to_future")
    assert set(stop.untold) == {"scrapy", "python"}
    assert any("(not told apart: " in line for line in advice_lines(advise(apart), COPIED, "", everything=True))


@pytest.mark.parametrize("helper", ["deferred_to_future", "copied_maybe_deferred_to_future", "as_future",
                                    "ensure_awaitable", "copied_deferred_to_future"])  # fmt: skip
def test_the_code_for_any_helper_defines_the_function_that_is_called(helper: str) -> None:
    for segments in (
        [Segment(helper=helper, releases=("2.6.3",))],
        [Segment(helper="maybe_deferred_to_future", releases=("2.6.3",)), Segment(helper=helper, releases=("2.0.1",))],
        [Segment(helper=helper, releases=("2.6.3",)), Segment(helper="direct", releases=("2.0.1",))],
        [Segment(helper=None, releases=("2.6.3",), by_reactor=(("asyncio", helper), ("other", "direct")))],
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
        await self.other()
        return item

    @defer.inlineCallbacks
    def joined(self):
        yield defer.succeed(1)
"""


def judged(source: str, outcome: Callable[[CellCoordinates], Outcome] = as_scrapy_does) -> list[CheckedUse]:
    measured = cells(outcome)
    segments = segments_of(advise(measured))
    advised = [helper for segment in segments for helper in segment.helpers]
    path = Path("source.py")
    check = SourceCheck(measured, name=function_name(segments), advised=advised)
    return list(check.check({path: source})[path].uses)


def test_every_use_of_a_deferred_is_found_with_its_helper() -> None:
    found = find_uses(ast.parse(SOURCE))
    assert [(use.helper, use.scenario, use.method) for use in found.uses] == [
        ("direct", "callback_from_thread", "process_item"),
        ("maybe_deferred_to_future", "callback_inline_request", "process_item"),
        ("as_future", "callback_fired", "process_item"),
        ("direct", "callback_inline_callbacks", "process_item"),
    ]
    assert found.others == [13]


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

class {title}(Scenario):
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


def without_maybe(at: CellCoordinates) -> Outcome:
    """As Scrapy does where nobody may write what asks for the reactor itself."""
    if at.helper == "direct":
        return as_scrapy_does(at)
    if at.helper == "deferred_to_future" and at.scrapy in RELEASES[:2]:
        return Outcome.UNSUPPORTED
    return Outcome.FAIL if at.lane == "epoll" else Outcome.PASS


def asking() -> tuple[Segment, ...]:
    """What is advised then: code that asks for the reactor when it runs."""
    renamed = {SCRAPYS[0]: "deferred_to_future", SCRAPYS[1]: "copied_deferred_to_future"}
    measured = [cell._replace(at=at, outcome=without_maybe(at))
                for cell in cells(lambda _: Outcome.PASS)
                for lane in (cell.at.lane, *(["none-default"] if cell.at.scrapy == "2.19.0" else []))
                for helper in [renamed.get(cell.at.helper, cell.at.helper)]
                for at in [cell.at._replace(lane=lane, helper=helper)]]  # fmt: skip
    return segments_of(advise(measured))


def test_code_that_asks_for_the_reactor_has_a_branch_for_each_kind_of_helper() -> None:
    assert [(each.releases, dict(each.by_reactor)) for each in asking()] == [
        (RELEASES[4:], {"asyncio": "deferred_to_future", "none": "deferred_to_future", "other": "direct"}),
        (RELEASES[:4], {"asyncio": "copied_deferred_to_future", "other": "direct"}),
    ]


@pytest.mark.index
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("python", "scrapy", "profile", "lanes"),
    [
        pytest.param("3.8", "2.5.1", "era", ["epoll", "asyncio-default"], marks=pytest.mark.python38),
        pytest.param("3.10", "2.8.0", "era", ["epoll", "asyncio-default"], marks=pytest.mark.python310),
        (live.HERE, "2.13.4", "latest", ["epoll", "asyncio-default"]),
        (live.HERE, "2.19.0", "latest", ["epoll", "asyncio-default", "none-default"]),
    ],
)
def test_the_printed_code_works_in_real_environments(
    cache: Path, tmp_path: Path, python: str, scrapy: str, profile: str, lanes: list[str]
) -> None:
    codes = {"one_helper": SEGMENTS, "by_reactor": asking()}
    for scenario, segments in codes.items():
        text = SCENARIO.format(
            code=advised_code(segments, COPIED),
            title=scenario.title().replace("_", ""),
            name=function_name(segments),
        )
        (tmp_path / f"{scenario}.py").write_text(text.lstrip(), encoding="utf-8")
    planned: PlannedEnvironment = next(
        env for env in live.plan_of(python, scrapy, profile, lanes).environments if env.status is None
    )
    overlays = sorted({overlay for lane in planned.lanes for overlay in lane.overlays})
    provided = live.provide(cache, planned, overlays)
    batches = [
        live.batch_of(lane, [(name, "none") for name in codes], list(provided.overlays.values()), folders=[tmp_path])
        for lane in lanes
    ]
    results, _ = live.run_cells(provided, batches, scenarios=[tmp_path])
    assert {(each.key.lane, each.key.scenario): (each.outcome, each.detail) for each in results} == dict.fromkeys(
        product(lanes, codes), (Outcome.PASS, None)
    )


def test_what_is_written_for_some_scenarios_says_where_in_them_no_helper_passes() -> None:
    def outcome(at: CellCoordinates) -> Outcome:
        if at.scenario != "pipeline_process_item":
            return Outcome.FAIL if at.helper == "direct" else Outcome.PASS
        return Outcome.PASS if (at.lane, at.helper) == ("epoll", "direct") else Outcome.FAIL

    told = list(advice_lines(advise(cells(outcome), everything=False), COPIED, "", everything=False))
    place = next(place for place, line in enumerate(told) if "In pipeline_process_item write: direct" in line)
    assert told[place + 1].strip() == (
        "No helper passes in 5 other places: wrong-value 5; "
        "nothing passes with the asyncio reactor with Scrapy 2.4-2.19"
    )
