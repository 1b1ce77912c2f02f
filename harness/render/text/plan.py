"""What `plan` prints: what a plan asks for, in words and as an object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from harness.infra.redaction import redact
from harness.infra.text import plural
from harness.render.adaptation_text import adaptation_lines, instead_text
from harness.render.coverage_phrases import coverage_lines
from harness.workspace import PlannedRun


def plan_lines(planned: PlannedRun) -> Iterator[str]:
    """Return a plan in words: what it asks for by environment, and what it leaves out and why."""
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
    """Return a plan as an object, for programs; with `ids` those of all cells."""
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
        told["coverage"] = msgspec.to_builtins(plan.coverage)
    if plan.adaptation is not None:
        told["adaptation"] = msgspec.to_builtins(plan.adaptation)
    return {**told, "ids": [key.id for key in plan.keys()]} if ids else told
