"""What `plan` does: what a plan asks for, in words and as an object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from harness.commands.this_machine import planned_here, working_machine
from harness.infra.redaction import redact
from harness.infra.text import plural
from harness.interpreters.downloads import PythonDownloads
from harness.judge.verdict import Judge
from harness.plan.coverage import SamplingRequest
from harness.render.adaptation_text import adaptation_lines, instead_text
from harness.render.coverage_phrases import coverage_lines
from harness.sampling.budget import narrowed
from harness.store.run_directory import Runs
from harness.workspace import Filters, PlannedRun, Workspace


def plan_here(
    loaded: Workspace, plan: str, filters: Filters, sampling: SamplingRequest, *, state: Path, judge: Judge, jobs: int
) -> PlannedRun:
    """Return what a run would be asked for here: adapted to the Pythons there are, and chosen as wished.

    Interpreters are looked for only where they make a difference. `judge`: says which cells of the runs in `state`
    were unexpected. Raises `HarnessError`.
    """
    if not (sampling.any or loaded.adapts(plan, filters)):
        return loaded.planned(plan, filters)
    # Nothing is fetched only to show a plan.
    here = planned_here(loaded, plan, filters, downloads=PythonDownloads.NEVER, say=str, only_with_wine=True)
    with here as (planned, stocks):
        if not sampling.any:
            return planned
        machine = working_machine(planned.plan, stocks, jobs=jobs)
        return narrowed(planned, sampling, judge, Runs(state), machine)


def plan_lines(planned: PlannedRun) -> Iterator[str]:
    """A plan in words: what it asks for by environment, and what it leaves out and why."""
    plan = planned.plan
    environments, cells = plan.count_runnable()
    yield f"plan {plan.name}: {environments} environments to be run, {cells} cells to be run of {plan.count}"
    if plan.coverage is not None:
        yield from (f"  {line}" for line in coverage_lines(plan.coverage))
    instead: dict[str, str] = {}
    if plan.adaptation is not None:
        yield from (f"  {line}" for line in adaptation_lines(plan.adaptation))
        instead = {each.environment: f"; {instead_text(each)}" for each in plan.adaptation.substitutions}
    for environment in plan.environments:
        if environment.status is None:
            runnable = [lane for lane in environment.lanes if lane.status is None]
            count = sum(len(lane.cells) for lane in runnable)
            lanes = dict.fromkeys(lane.name for lane in runnable)
            why = instead.get(environment.id, "")
            yield f"  {environment.id}: {count} cells in {', '.join(lanes)}{why}"
    excluded = Counter(environment.reason for environment in plan.environments if environment.status is not None)
    for reason, count in excluded.most_common():
        yield f"  excluded: {plural(count, 'environment')}: {reason}"


def plan_object(planned: PlannedRun, *, ids: bool) -> dict[str, object]:
    """The same for programs; with `ids` those of all cells."""
    plan = planned.plan
    environments, cells = plan.count_runnable()
    told: dict[str, object] = {
        "plan": plan.name,
        "cells": plan.count,
        "runnable": {"environments": environments, "cells": cells},
        "environments": [
            {
                "id": environment.id,
                "requirement": redact(environment.requirement),
                "excluded": None if environment.status is None else environment.reason,
                "lanes": {lane.name: len(lane.cells) for lane in environment.lanes if lane.status is None},
            }
            for environment in plan.environments
        ],
    }
    if plan.coverage is not None:
        told["coverage"] = plan.coverage.to_json()
    if plan.adaptation is not None:
        told["adaptation"] = plan.adaptation.to_json()
    return {**told, "ids": [key.id for key in plan.keys()]} if ids else told
