"""The name under which the plan of a run is stored: what tells which runs are of one plan."""

from __future__ import annotations

from harness.plan.plan_records import Plan
from harness.store.schema import ADAPTED, NARROWED


def stored_name(plan: Plan, *, narrowed: bool) -> str:
    """Return the name of a plan with how it was chosen from, adapted and narrowed.

    Runs with other Pythons are of other plans: what only one of them could ask is no change from one to the other.
    """
    name = plan.name if plan.coverage is None else f"{plan.name}, {plan.coverage.name}"
    if plan.adaptation is not None:
        here = plan.adaptation.available
        told = [" ".join(keys) or "none" for keys in here.values()]
        if len(here) > 1:
            told = [f"{platform} {keys}" for platform, keys in zip(here, told, strict=True)]
        name += f"{ADAPTED}{', '.join(told)}"
    return name + (NARROWED if narrowed else "")
