"""What the tests of stored runs share with others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.judge.claim_results import judge_cells
from harness.judge.verdict import Judge
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import Plan
from harness.render.run_summaries import sum_up
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from tests.support.synthetic import make_environments, make_results
from tests.support.views import ALL, GOOD, only

PLAN = only(ALL, GOOD)


JUDGE = Judge(())


Change = Callable[[CellResult], CellResult]


def as_it_was(result: CellResult) -> CellResult:
    return result


def breaks_on_epoll(result: CellResult) -> CellResult:
    if result.key.lane == "epoll" and result.outcome == Outcome.PASS:
        return replace(result, outcome=Outcome.FAIL, mechanism="now-broken")
    return result


def stored(
    state: Path,
    change: Change = as_it_was,
    *,
    name: str = "full",
    machine: str = "aaaaaaaaaaaa",
    plan: Plan = PLAN,
    told: bool = True,
) -> str:
    """A whole run that ended; `told`: and was summed up."""
    runs = Runs(state)
    host = {"id": machine, "platform": "linux", "system": "Linux 6"}
    # Who narrows a plan in another way writes another command.
    command = ("run", "--cell", plan.hash) if name.endswith("narrowed") else ("run",)
    with runs.create(plan=name, plan_hash=plan.hash, plan_json=plan.to_json(), host=host, command=command) as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        store.record_cells(map(change, make_results(plan)))
        store.finish(finished=store.meta().started, complete=True)
        view = ReportView.of_store(store)
    if told:
        sum_up(runs, view, judge_cells(JUDGE, view.known))
    return view.run.id
