"""What the tests of views share with others."""

from __future__ import annotations

from dataclasses import replace

from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import Plan
from harness.render.view import ReportView
from harness.store.records import CellRow, observation_of
from harness.store.schema import RunMeta
from tests.support.synthetic import make_environments, make_plan, make_results


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
) -> ReportView:
    if results is None:
        results = list(make_results(plan, healthy=healthy, adversarial=adversarial))
    found = make_environments(plan, healthy=healthy) if environments is None else environments
    return ReportView(run or meta(), plan, {each.id: each for each in found}, rows_of(results))


def only(plan: Plan, *names: str) -> Plan:
    return replace(plan, environments=tuple(each for each in plan.environments if each.id in names))


ALL = make_plan(400_000)


GOOD, BROKEN = "linux-py3.12-scrapy2.13.4-era", "linux-py3.12-scrapy2.11.2-latest"


NO_RLOOP, MISSING, TOO_OLD = (
    "linux-py3.8-scrapy2.11.2-era",
    "linux-py3.15-scrapy2.13.4-era",
    "linux-py3.6-scrapy2.13.4-era",
)
