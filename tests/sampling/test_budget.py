"""Choosing by what earlier runs tell, the end of the time while a run goes on, and what reports say of both."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from msgspec import structs
from packaging.version import Version

from harness.commands.plan import plan_here
from harness.commands.report import render_report
from harness.commands.stored_runs import open_run
from harness.infra.errors import ConfigurationError
from harness.judge.claim_results import judge_cells
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.coverage import Ratio, SamplingRequest
from harness.plan.plan_records import Plan
from harness.render.coverage_phrases import TITLE, answered_pairs, names, share
from harness.render.html.page import render_page
from harness.render.markdown.matrix_md import render_markdown
from harness.render.matrix_json import SCHEMA, matrix_json_parts
from harness.render.view import ReportView
from harness.runner.cell_process import Kit
from harness.runner.strategy import EnvironmentJob, ResultSink, run_environment
from harness.runner.time_budget import UNLIMITED, stop_after
from harness.sampling.budget import changed_releases
from harness.sampling.costs import Costs
from harness.sampling.history import Machine, run_history
from harness.sampling.sampler import Priorities, choose
from harness.store.previous_runs import PreviousRuns
from harness.store.run_directory import Runs
from harness.workspace import Filters, load_workspace
from tests.support.claim_fixture import AWAITS, claims_of
from tests.support.clocks import Clock
from tests.support.live import batch_of
from tests.support.synthetic import make_environments, make_plan, make_results
from tests.support.views import view_of

PLAN = make_plan(20_000)
HERE = Machine(id="aaaaaaaaaaaa", parallel=1)
Change = Callable[[CellResult], CellResult]


def chosen(budget: str = "25s", seconds: float = 25, plan: Plan = PLAN) -> Plan:
    return choose(plan, SamplingRequest(budget=budget, seconds=seconds), Priorities(), Costs()).plan


def stored(
    state: Path,
    plan: Plan,
    change: Change = lambda result: result,
    *,
    name: str = "full",
    started: str = "2026-11-23T02:15:00Z",
    finished: str | None = "2026-11-23T02:19:40Z",
    machine: str = HERE.id,
) -> str:
    """A run with what its cells gave."""
    with Runs(state).create(
        plan=name, plan_hash=plan.hash, plan_json=plan.to_json(), host={"id": machine, "platform": "linux"}, command=()
    ) as store:
        for each in make_environments(plan, healthy=True):
            store.record_environment(each)
        store.record_cells(map(change, make_results(plan, healthy=True)))
        if finished is not None:
            store.finish(finished=finished, complete=True)
        store._db.execute("UPDATE run SET value = ? WHERE key = 'started'", (started,))
        return store.id


def flaky(*keys: CellKey) -> Change:
    return lambda result: replace(result, outcome=Outcome.FLAKY) if result.key in keys else result


# What earlier runs tell


def test_releases_where_a_claim_begins_or_ends_are_the_first_that_it_is_about_or_no_longer(tmp_path: Path) -> None:
    (claim, *_) = claims_of(tmp_path, AWAITS)
    releases = ["2.9.0", "2.13.4", "2.10.1", "main", "2.5.1", "2.6.3"]
    assert changed_releases([claim], releases) == {"2.6.3"}
    assert changed_releases([structs.replace(claim, until=Version("2.9"))], releases) == {"2.6.3", "2.10.1"}
    assert changed_releases([structs.replace(claim, since=Version("2.8"), until=Version("2.13"))], releases) == {
        "2.9.0"
    }


@pytest.mark.slow
def test_of_each_cell_the_latest_word_counts_and_no_run_before_a_whole_one_is_asked(tmp_path: Path) -> None:
    first, second, third = [result.key for result in make_results(PLAN, healthy=True)][:3]
    judge = Judge(())
    stored(tmp_path, PLAN, flaky(first, second, third))
    whole = stored(tmp_path, PLAN, flaky(second, third))
    assert run_history(Runs(tmp_path), judge, HERE).unexpected == (second, third)
    some = replace(PLAN, environments=PLAN.environments[:1])
    stored(tmp_path, some, flaky(third), name="full, narrowed")
    assert run_history(Runs(tmp_path), judge, HERE).unexpected == (third,)
    assert open_run(tmp_path, None).id == whole


def test_no_run_tells_nothing(tmp_path: Path) -> None:
    past = run_history(Runs(tmp_path), Judge(()), HERE)
    assert (past.unexpected, past.factor, dict(past.slow)) == ((), 1.0, {})


@pytest.mark.slow
def test_what_a_run_took_on_this_machine_tells_how_fast_it_is(tmp_path: Path) -> None:
    def factor(name: str, machine: str = HERE.id, **took: str) -> float:
        stored(tmp_path / name, PLAN, machine=machine, **took)
        return run_history(Runs(tmp_path / name), Judge(()), HERE).factor

    quick, slow = (factor(end, finished=f"2026-11-23T02:{end}:00Z") for end in ("18", "21"))
    assert 0.25 < quick < slow < 4.0
    assert slow == pytest.approx(2 * quick)
    assert factor("none", finished=None) == 1.0  # type: ignore[arg-type]
    assert factor("other", machine="bbbbbbbbbbbb") == 1.0
    assert factor("stood still", finished="2026-11-24T02:15:00Z") == 4.0


@pytest.mark.slow
def test_cells_that_took_long_are_remembered(tmp_path: Path) -> None:
    hung = next(iter(make_results(PLAN, healthy=True))).key
    stored(tmp_path, PLAN, lambda result: replace(result, seconds=5.0) if result.key == hung else result)
    assert run_history(Runs(tmp_path), Judge(()), HERE).slow == {hung: 5.0}


@pytest.mark.slow
def test_the_plan_shows_what_a_run_would_choose_by_the_runs_there_are(tmp_path: Path) -> None:
    loaded = load_workspace(None)
    filters = Filters(python=["3.12"], lane=["epoll", "asyncio-default"], scenario=["callback_*"])
    planned = loaded.planned("full", filters)
    odd = [key for key in planned.plan.keys() if key.environment == "linux-py3.12-scrapy2.14.2-era"][-1]
    stored(tmp_path, planned.plan, flaky(odd))
    sampling = SamplingRequest(budget="12s", seconds=12)
    found = plan_here(loaded, "full", filters, sampling, state=tmp_path, judge=Judge(()), jobs=1)
    assert found.order[0] == odd.environment
    assert odd in set(found.plan.keys())


# While it runs


def test_after_the_time_nothing_is_begun_and_every_cell_says_why() -> None:
    clock = Clock()
    stop = stop_after(10, "10s", clock)
    results: list[CellResult] = []
    batches = tuple(
        replace(batch_of(lane, [("callback_fired", "direct"), ("callback_pending", "direct")]), number=number)
        for number, lane in enumerate(("default", "asyncio-default"))
    )
    order = EnvironmentJob(
        environment="linux-py3.12-scrapy2.13.4-era", python=Path("/does/not/exist"), batches=batches,
        fingerprint=lambda lane, scenario: f"{lane}/{scenario}", deadline=1.0, isolate=False, fork=True, processes=1,
        stop=stop,
    )  # fmt: skip
    kit = Kit(scenarios=(Path("/does/not/exist"),), server="", cancelled=threading.Event())
    assert not stop.over()
    clock.now += 10
    for isolate in (False, True):
        results.clear()
        # The interpreter is not there: whatever was started would raise.
        listener = ResultSink(on_environment=lambda line: pytest.fail(str(line)), on_results=results.extend)
        assert run_environment(kit, replace(order, isolate=isolate), listener) is None
        assert {(each.outcome, each.detail) for each in results} == {(Outcome.NOT_RUN, "the budget of 10s was used up")}
        assert len(results) == 4
        assert {each.fingerprint for each in results} >= {"default/callback_fired"}


def test_without_a_budget_there_is_no_end() -> None:
    assert stop_after(None, None) is UNLIMITED
    assert not UNLIMITED.over()


def test_a_run_whose_cells_were_not_begun_does_not_say_all(tmp_path: Path) -> None:
    plan = chosen()
    (first, *_) = make_environments(plan, healthy=True)
    wanted = {key[:3]: ("", 0) for key in plan.keys()}

    def says_all(state: Path, change: Change) -> bool:
        stored(state, plan, change)
        for result in make_results(plan, healthy=True):
            wanted[result.key[:3]] = (result.fingerprint, wanted[result.key[:3]][1] + 1)
        earlier = PreviousRuns(Runs(state), plan)
        assert earlier.same_id is not None
        found = earlier.says_all(first, {block: mark for block, mark in wanted.items() if block[0] == first.id})
        wanted.update({key[:3]: ("", 0) for key in plan.keys()})
        return found

    assert says_all(tmp_path / "whole", lambda result: result)
    assert not says_all(tmp_path / "cut", lambda result: replace(result, outcome=Outcome.NOT_RUN))


# Reports


def test_reports_say_what_was_chosen_and_what_was_left_out_from_the_store_alone(tmp_path: Path) -> None:
    plan = chosen()
    assert plan.coverage is not None
    told = plan.coverage
    stored(tmp_path, plan, name="full, budget 25s, narrowed")
    with open_run(tmp_path, None) as store:
        view = ReportView.of_store(store)
    assert view.plan.coverage == told
    text, page = render_markdown(view), render_page(view)
    pairs = told.all_pairs
    share = f"Pairs of axis values covered: {pairs.chosen:,} of {pairs.of:,} ({100 * pairs.chosen // pairs.of} %)"
    for written in (text, page):
        assert TITLE in written
        assert share in written
        assert "Chosen by budget 25s:" in written
        assert f"{told.cells.chosen} of the {told.cells.of:,} cells that can be run" in written
    assert "No cell was chosen with Scrapy " in text
    assert 'href="#coverage"' in page


def test_the_json_has_every_name_and_is_what_the_schema_says() -> None:
    view = view_of(chosen(), healthy=True)
    found = json.loads("".join(matrix_json_parts(view, None)))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(found)
    coverage = found["coverage"]
    assert coverage["answered_pairs"] == sum(each["chosen"] for each in coverage["pairs"])
    assert coverage["cells"]["chosen"] == len(found["cells"])
    assert set(coverage["untouched"]["scrapy"]) < set(coverage["axes"]["scrapy"])


def test_a_pair_that_no_process_answered_for_is_not_told_as_answered() -> None:
    plan = chosen()
    assert plan.coverage is not None
    everything = list(make_results(plan, healthy=True))
    assert answered_pairs(view_of(plan, healthy=True, results=everything)) == plan.coverage.all_pairs.chosen
    not_run = [replace(each, outcome=Outcome.NOT_RUN, detail="the budget of 25s was used up") for each in everything]
    view = view_of(plan, healthy=True, results=not_run)
    assert answered_pairs(view) == 0
    assert not view.complete
    assert "the budget of 25s was used up" in render_markdown(view)


@pytest.mark.slow
def test_a_run_of_which_nothing_was_left_out_says_nothing_of_it() -> None:
    view = view_of(PLAN)
    assert TITLE not in render_markdown(view) + render_page(view)
    assert "coverage" not in json.loads("".join(matrix_json_parts(view, judge_cells(Judge(()), view.known))))


@pytest.mark.slow
def test_a_run_of_a_choice_is_not_the_whole_run_and_is_not_rendered_into_its_reports(tmp_path: Path) -> None:
    whole = stored(tmp_path, PLAN)
    chosen_run = stored(tmp_path, chosen(), name="full, budget 25s, narrowed")
    assert open_run(tmp_path, None).id == whole
    with pytest.raises(ConfigurationError, match="was narrowed"):
        render_report(tmp_path, chosen_run, [], None, Judge(()))
    assert Runs(tmp_path).open(chosen_run).meta().narrowed


def test_the_same_cells_chosen_for_another_wish_are_another_plan() -> None:
    names = {chosen(budget, 25).hash for budget in ("25s", "26s")}
    assert len(names) == 2


def test_names_are_told_in_as_few_words_as_can_be() -> None:
    told = chosen().coverage
    assert told is not None
    of = replace(told, axes={"python": ("3.9", "3.10", "pypy3.11", "3.11"), "scenario": tuple("abcdefghij")})
    assert names(of, "python", ("3.9", "3.10", "pypy3.11")) == "Python 3.9-3.10, pypy3.11"
    assert names(of, "python", ("pypy3.11",)) == "Python pypy3.11"
    assert names(of, "scenario", ("a", "b"), "<{}>".format) == "scenario <a>, <b>"
    assert names(of, "scenario", tuple("abcdefghi")) == "every scenario but j"
    assert names(of, "scenario", tuple("abcdefghij")) == "every scenario"
    wide = replace(of, axes={"scenario": tuple("abcdefghijklmnopq")})
    assert names(wide, "scenario", tuple("abcdefghi")) == "scenario a, b, c, d, e, f and 3 more"


def test_a_share_is_only_whole_when_it_is() -> None:
    assert share(Ratio(chosen=999, of=1000)) == "999 of 1,000 (99 %)"
    assert share(Ratio(chosen=1000, of=1000)) == "1,000 of 1,000 (100 %)"
    assert share(Ratio(chosen=0, of=0)) == "0 of 0 (100 %)"
