"""harness.render.cell_phrases, .elsewhere: places in words are just the cells they speak of, and gaps are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.analysis.axis_values import AxisValues
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.plan.plan_records import AskedScenario, Plan
from harness.render.cell_phrases import CellPhrases
from harness.render.markdown.other_scenarios import scenario_families
from tests.support.synthetic import LANES, make_plan, make_results
from tests.support.views import only, view_of

RELEASES = ("2.5", "2.6", "2.12", "2.13", "2.14")
CELLS = [
    KnownCell(
        CellCoordinates("linux", "3.8", release, "era", lane, "start_x", "direct"), Outcome.PASS, None, None, None, None
    )
    for release in RELEASES
    for lane in ("default", "epoll", "asyncio-default", "asyncio-uvloop")
]
WHERE = CellPhrases(AxisValues.of(cell.at for cell in CELLS))


def exact(holds: Callable[[KnownCell], bool]) -> str | None:
    return WHERE.exact([cell for cell in CELLS if holds(cell)], CELLS)


def test_one_place_is_told_as_it_is() -> None:
    assert exact(lambda _: True) == "everywhere"
    assert exact(lambda cell: cell.at.lane == "epoll" and cell.at.scrapy != "2.5") == "Scrapy 2.6-2.14 · `epoll`"


def test_what_lies_in_a_few_places_is_told_by_each_of_them() -> None:
    def holds(cell: KnownCell) -> bool:
        return (cell.at.scrapy in RELEASES[3:]) == cell.at.lane.startswith("asyncio")

    assert exact(holds) == "Scrapy 2.5-2.12 · `default`, `epoll` or Scrapy 2.13-2.14 · `asyncio-*`"


def test_what_lies_all_over_the_place_is_not_told_as_one() -> None:
    assert exact(lambda cell: (CELLS.index(cell) * 7) % 5 in {0, 3}) is None


def placed(passing: list[str], failing: list[str]) -> str:
    """Where the failing cells lie, of `python scrapy lane` each."""

    def cell(text: str, outcome: Outcome) -> KnownCell:
        python, scrapy, lane = text.split()
        at = CellCoordinates("linux", python, scrapy, "latest", lane, "callback_pending", "direct")
        return KnownCell(at, outcome, None, None, None, None)

    failed = [cell(text, Outcome.FAIL) for text in failing]
    cells = [*failed, *(cell(text, Outcome.PASS) for text in passing)]
    return CellPhrases(AxisValues.of(each.at for each in cells), str).place(failed, cells).text


def test_what_no_pair_tells_apart_is_told_as_that() -> None:
    found = placed(["3.12 2.14 epoll", "3.12 2.15 epoll"], ["3.8 2.5 epoll", "3.8 2.6 epoll"])
    assert found == "Scrapy 2.5-2.6 or Python 3.8 (not told apart)"


def test_of_what_would_do_each_that_which_a_pair_shows_is_told() -> None:
    found = placed(["3.12 2.6 epoll", "3.8 2.14 select"], ["3.8 2.6 epoll"])
    assert found == "Python 3.8 · epoll or Scrapy 2.6 (not told apart)"
    found = placed(["3.12 2.6 epoll", "3.12 2.14 epoll"], ["3.8 2.6 epoll"])
    assert found == "Python 3.8"


ENVIRONMENTS = tuple(f"linux-py3.8-scrapy{release}-era" for release in ("2.5.1", "2.6.3", "2.7.1", "2.8.0", "2.9.0"))


def told(outcome: Callable[[CellKey], Outcome], *, untried: str = "") -> str:
    """What the report says of a way to start; nothing was tried in the environments of one release."""
    everything = only(make_plan(1_000_000), *ENVIRONMENTS)
    pairs = (("callback_pending", "direct"), ("start_x", "direct"))
    plan = Plan(
        name="synthetic",
        environments=tuple(
            replace(each, lanes=tuple(replace(lane, cells=pairs) for lane in each.lanes if lane.status is None))
            for each in everything.environments
        ),
        scenarios={
            "callback_pending": AskedScenario(question="", core=True),
            "start_x": AskedScenario(question="Start.", core=False),
        },
    )
    results = [
        replace(each, outcome=outcome(each.key), mechanism=None, facts=None)
        for each in make_results(plan, healthy=True)
        if not untried or untried not in each.key.environment
    ]
    (rows,) = scenario_families(view := view_of(plan, healthy=True, results=results), CellPhrases(view)).values()
    return "<br>".join(next(iter(rows.values()))[1])


def test_what_is_equal_to_a_callback_everywhere_is_said_so() -> None:
    assert told(lambda _: Outcome.PASS) == "as in a callback everywhere"


def test_a_release_in_which_nothing_was_tried_is_named_and_ranges_run_over_the_others() -> None:
    def outcome(key: CellKey) -> Outcome:
        return Outcome.HANG if key.scenario == "start_x" and key.lane == "epoll" else Outcome.PASS

    text = told(outcome, untried="2.7.1")
    assert "✗ hang: `epoll`" in text
    assert text.endswith("<br>not tried: Scrapy 2.7")


def test_what_takes_too_many_places_is_a_share_of_all() -> None:
    def outcome(key: CellKey) -> Outcome:
        odd = LANES.index(key.lane) == ENVIRONMENTS.index(key.environment)
        return Outcome.HANG if key.scenario == "start_x" and odd else Outcome.PASS

    assert " of all " in told(outcome)
