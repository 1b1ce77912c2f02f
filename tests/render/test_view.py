"""harness.render.view: everything of the plan is counted once, what was not run with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import OverlayResult
from harness.plan.plan_records import Plan
from harness.render.measured import when
from harness.render.view import ReportView
from harness.store.records import observation_of
from harness.store.run_directory import Runs
from tests.support.synthetic import make_environments, make_plan, make_results
from tests.support.views import ALL, BROKEN, GOOD, MISSING, NO_RLOOP, TOO_OLD, meta, only, rows_of, view_of


def test_every_cell_of_the_plan_is_counted_once() -> None:
    plan = make_plan(30_000)
    view = view_of(plan)
    assert [cell.key for cell in view.cells()] == list(plan.keys())
    assert view.count == plan.count == sum(view.outcomes.values())
    assert sum((each.outcomes for each in view.environments), Counter()) == view.outcomes


def test_recorded_cells_are_shown_as_recorded() -> None:
    plan = only(ALL, GOOD)
    results = {result.key: result for result in make_results(plan)}
    for cell in view_of(plan).cells():
        if cell.key in results:
            assert cell.observation == observation_of(results[cell.key])
            assert cell.origin is not None
        else:
            assert cell.key.lane.startswith("none")
            assert cell.observation.outcome == Outcome.UNSUPPORTED


@pytest.mark.parametrize(
    ("environment", "lane", "outcome", "reason"),
    [
        (BROKEN, "epoll", Outcome.BROKEN, "_safe_chars"),
        (TOO_OLD, "epoll", Outcome.UNINSTALLABLE, "needs Python>=3.9"),
        (MISSING, "epoll", Outcome.MISSING_INTERPRETER, "uv python install 3.15"),
        (NO_RLOOP, "asyncio-rloop", Outcome.UNINSTALLABLE, "rloop: no version of rloop"),
        (MISSING, "none-default", Outcome.UNSUPPORTED, "new in Scrapy 2.15"),
    ],
)
def test_a_cell_that_could_not_be_run_says_why(environment: str, lane: str, outcome: Outcome, reason: str) -> None:
    view = view_of(only(ALL, environment))
    cell = view.cell(CellKey(environment, lane, "callback_pending", "direct"))
    assert cell is not None
    assert cell.observation.outcome == outcome
    assert reason in (cell.observation.detail or "")
    assert (cell.origin, cell.seconds, cell.observation.facts) == (None, None, None)


def test_what_a_run_did_not_come_to_is_not_run_and_makes_it_incomplete() -> None:
    plan = only(ALL, GOOD, NO_RLOOP)
    results = list(make_results(only(ALL, GOOD)))
    whole = view_of(only(ALL, GOOD))
    assert whole.complete
    view = view_of(plan, results=results[:-1], environments=make_environments(only(ALL, GOOD)), run=meta(finished=None))
    assert not view.complete
    last = view.cell(results[-1].key)
    assert last is not None
    assert (last.observation.outcome, last.observation.detail) == (
        Outcome.NOT_RUN, "the run ended before this cell was run"
    )  # fmt: skip
    never = view.environment(NO_RLOOP)
    assert never is not None
    assert (never.status, never.reason) == (Outcome.NOT_RUN, "the run ended before this environment was looked at")


def test_a_lane_that_is_planned_in_two_parts_keeps_both() -> None:
    (environment,) = only(ALL, GOOD).environments
    lane = environment.lanes[0]
    parts = (replace(lane, cells=lane.cells[:70]), replace(lane, cells=lane.cells[70:], overlays=("treq",)))
    plan = Plan(name="parts", environments=(replace(environment, lanes=parts),))
    treq = OverlayResult(name="treq", status=Outcome.UNINSTALLABLE, reason="none", lock="", fingerprint="")
    found = [replace(each, overlays=(treq,)) for each in make_environments(plan)]
    results = [result for result in make_results(only(ALL, GOOD)) if result.key.lane == lane.name][:70]
    view = view_of(plan, results=results, environments=found)
    assert view.count == len(lane.cells)
    assert view.outcomes[Outcome.UNINSTALLABLE] == len(lane.cells) - 70
    assert view.overlays(CellKey(GOOD, lane.name, *lane.cells[-1])) == ("treq",)


def test_environments_that_the_matrix_excludes_have_no_cells() -> None:
    (environment,) = only(ALL, GOOD).environments
    excluded = replace(environment, status=Outcome.EXCLUDED, reason="never worked", lanes=())
    view = view_of(Plan(name="x", environments=(excluded,)), results=[], environments=[])
    assert view.count == 0
    assert view.environments[0].reason == "never worked"


def test_releases_are_written_as_minors_where_that_is_enough() -> None:
    view = view_of(ALL, results=[])
    assert view.scrapys == [f"2.{minor}" for minor in range(20)]
    assert view.pythons[-2:] == ["3.15", "pypy3.11"]
    first = ALL.environments[0]
    two = tuple(replace(first, id=f"e{scrapy}", scrapy=scrapy) for scrapy in ("2.13.0", "2.13.4", "2.9.0", "main"))
    assert view_of(Plan(name="x", environments=two), results=[], environments=[]).scrapys == [
        "2.9", "2.13.0", "2.13.4", "main"
    ]  # fmt: skip


def test_a_view_is_made_from_a_store(tmp_path: Path) -> None:
    plan = only(ALL, GOOD, MISSING)
    runs = Runs(tmp_path)
    with runs.create(plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host={}, command=()) as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        store.record_cells(make_results(plan))
        view = ReportView.of_store(store)
    assert view.outcomes == view_of(plan).outcomes
    assert view.run.id == store.id


def test_cells_known_from_earlier_runs_are_told_as_such() -> None:
    plan = only(ALL, GOOD)
    rows = rows_of(list(make_results(plan)))
    older = [row._replace(origin="20261122T010000Z-000001") if number < 3 else row for number, row in enumerate(rows)]
    view = ReportView(meta(), plan, {each.id: each for each in make_environments(plan)}, older)
    assert view.earlier == {"20261122T010000Z-000001": 3}
    assert when(view).endswith("; 3 cells were known from 1 earlier run, the oldest 20261122T010000Z-000001")
    assert when(view_of(plan)) == "From 2026-11-23T02:15:00Z to 2026-11-23T02:19:40Z"
