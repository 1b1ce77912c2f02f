"""What the tests of compared runs share with others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import Plan
from harness.store.run_directory import Runs, now
from tests.support.synthetic import make_environments


def stored(state: Path, plan: Plan, results: Iterable[CellResult]) -> str:
    """A finished run with these results; its id."""
    run = Runs(state).create(plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host={}, command=())
    with run as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        store.record_cells(results)
        store.finish(finished=now(), complete=True)
        return store.id


def worse(result: CellResult) -> CellResult:
    if result.key.lane == "epoll" and result.key.helper == "direct" and result.outcome == Outcome.PASS:
        return replace(result, outcome=Outcome.FAIL, mechanism="no-value")
    return result
