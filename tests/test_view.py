"""harness.render.view: everything of the plan is counted once, what was not run with its reason."""

from __future__ import annotations

import time

from harness.plan import Plan
from harness.records import CellRow, observation_of
from harness.render.view import ReportView
from harness.results import CellResult, EnvironmentResult
from harness.schema import RunMeta
from tests.synthetic import make_environments, make_results


class TimedView(ReportView):
    built = 0.0


def meta(**changed: object) -> RunMeta:
    values = {
        "id": "20261123T021500Z-1a2b3c", "started": "2026-11-23T02:15:00Z", "finished": "2026-11-23T02:19:40Z",
        "plan": "synthetic", "plan_hash": "0" * 64, "plan_json": "", "complete": True,
        "host": {"system": "Linux 6.1", "machine": "x86_64", "cpus": "2"}, "command": ("run",),
    }  # fmt: skip
    return RunMeta(**{**values, **changed})  # type: ignore[arg-type]


def rows_of(results: list[CellResult]) -> list[CellRow]:
    shared = {observation_of(result): observation_of(result) for result in results}
    return [
        CellRow(*each.key, shared[observation_of(each)], each.seconds, "20261123T021500Z-1a2b3c") for each in results
    ]


def view_of(
    plan: Plan,
    *,
    healthy: bool = False,
    adversarial: bool = False,
    results: list[CellResult] | None = None,
    environments: list[EnvironmentResult] | None = None,
    run: RunMeta | None = None,
) -> TimedView:
    if results is None:
        results = list(make_results(plan, healthy=healthy, adversarial=adversarial))
    found = make_environments(plan, healthy=healthy) if environments is None else environments
    rows = rows_of(results)
    start = time.perf_counter()
    view = TimedView(run or meta(), plan, {each.id: each for each in found}, rows)
    view.built = time.perf_counter() - start
    return view
