"""What `plan` does: makes the plan that a run would be asked for here."""

from __future__ import annotations

from pathlib import Path

from harness.commands.this_machine import planned_here, working_machine
from harness.interpreters.downloads import PythonDownloads
from harness.judge.verdict import Judge
from harness.plan.coverage import SamplingRequest
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
