"""`why --measure` for real: cells that would tell are run, and packages are exchanged one at a time."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.commands.run import run_plan
from harness.commands.why import explained_cell
from harness.commands.why_measure import MEASURED, MeasureOptions, exchange_packages, measure_cells
from harness.infra.resources import BASELINES
from harness.model.outcome import Outcome
from harness.render.text.why import package_lines
from harness.store.run_directory import Runs, now
from tests.support.compared_runs import stored
from tests.support.live import HERE
from tests.support.synthetic import make_results
from tests.support.views import ALL, only

pytestmark = pytest.mark.index


@pytest.fixture(name="options")
def options_fixture(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> MeasureOptions:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    return MeasureOptions(state=tmp_path, matrix=None, baselines=BASELINES, deadline=10.0)


def test_cells_that_would_tell_are_run_and_then_the_answer_is_there(options: MeasureOptions) -> None:
    plan = only(ALL, f"linux-py{HERE}-scrapy2.13.4-latest")
    with Runs(options.state).create(
        plan="synthetic", plan_hash=plan.hash, plan_json=plan.to_json(), host={}, command=()
    ) as store:
        store.finish(finished=now(), complete=False)
    cell = f"{plan.environments[0].id}/asyncio-default/callback_pending/direct"
    before = explained_cell(options.state, None, cell)
    assert not before.comparable
    ran = measure_cells(before, options, lambda asked: run_plan(asked, Console(file=io.StringIO())))
    assert ran[0].id == cell
    assert 1 < len(ran) <= MEASURED
    found = explained_cell(options.state, None, cell)
    assert found.cell.mechanism == "task-got-bad-yield"
    helper = found.causes.axes[0]
    assert "maybe_deferred_to_future" in [other.at.helper for other in helper.flips]


def test_where_two_packages_stop_it_both_are_named_with_the_releases_that_did_it(options: MeasureOptions) -> None:
    plan = only(ALL, f"linux-py{HERE}-scrapy2.12.0-latest")
    stored(options.state, plan, make_results(plan))
    found = explained_cell(options.state, None, f"{plan.environments[0].id}/epoll/callback_pending/direct")
    assert found.cell.outcome == Outcome.BROKEN
    answer = exchange_packages(found, options)
    assert answer is not None
    brought = {each.package: (each.first_bad, each.day) for each in answer.needed}
    assert brought["w3lib"] == ("2.5.0", "2026-09-30")
    assert brought["twisted"][0] == "26.4.0"
    text = "\n".join(package_lines(answer))
    assert "it passes with w3lib and twisted exchanged, and with no part of these" in text
    assert ", brought by w3lib 2.5.0 of 2026-09-30; alone: broken cannot-import-_setAcceptableProtocols" in text
