"""What all artifacts of one plan must agree on, and the part of it that one machine runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.infra.files import storage_errors
from harness.plan.plan_records import Plan
from harness.sampling.costs import Times
from harness.sampling.past_durations import times_of
from harness.scenarios.catalogue import kit_fingerprint
from harness.shards.artifact_lines import Asked
from harness.shards.assignment import Assignment, Shard, assign, cells_to_run, restricted, to_be_run
from harness.workspace import Filters, PlannedRun, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedShard:
    """The shard that a run was asked for."""

    number: int
    of: int
    times: Path | None
    """Where times come from that the plan was split by; None: from the plan alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIdentity:
    """What artifacts of one plan have in common."""

    plan: Plan
    """The whole one."""
    asked: Asked
    matrix: str
    """SHA-256 of the matrix file, whatever its ends of lines."""
    scenarios: str
    """SHA-256 over all scenarios and the kit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPart:
    """What one machine runs."""

    whole: PlannedRun
    """What it is a part of."""
    planned: PlannedRun
    """With the environments of the shard only."""
    shard: Shard
    split: Assignment
    """The assignment that it is of."""


def identity_of(planned: PlannedRun) -> PlanIdentity:
    """Return what tells a plan from others: only artifacts need it, and it reads every scenario and the matrix."""
    loaded = planned.loaded
    written = {name: list(getattr(planned.filters, name)) for name in Filters.__slots__ if name != "platform"}
    return PlanIdentity(
        plan=planned.plan,
        asked=Asked(
            plan=planned.plan.name,
            filters={name: values for name, values in written.items() if values},
            platforms=list(planned.platforms),
            available={platform: list(keys) for platform, keys in planned.available.items()},
        ),
        matrix=_of_file(loaded.path),
        scenarios=_of_scenarios(loaded),
    )


def part_of(planned: PlannedRun, asked: AskedShard | None) -> ShardPart:
    """The part of a plan that is asked for; the whole one is shard 1 of 1. Raises `ConfigurationError`."""
    if asked is None:
        split = whole(planned.plan)
        shard = split.shards[0]
        own = planned
    else:
        split = assign(planned.plan, asked.of, named_times(asked.times))
        shard = split.shard(asked.number)
        own = replace(planned, plan=restricted(planned.plan, shard.environments))
    return ShardPart(whole=planned, planned=own, shard=shard, split=split)


def named_times(path: Path | None) -> Times:
    """The times of `path`, none where there is none."""
    return {} if path is None else times_of(path)


def whole(plan: Plan) -> Assignment:
    """All of a plan as the only shard; that one may have several platforms, or nothing in it."""
    environments = to_be_run(plan)
    shard = Shard(
        number=1,
        of=1,
        platform=", ".join(dict.fromkeys(each.platform for each in environments)),
        environments=tuple(each.id for each in environments),
        pythons=tuple(dict.fromkeys(each.python for each in environments)),
        cells=sum(map(cells_to_run, environments)),
        milliseconds=0,
    )
    return Assignment(of=1, shards=(shard,), weights={})


def of_platforms(plan: Plan, platforms: Sequence[str]) -> Plan:
    """The environments of some platforms."""
    return replace(
        plan,
        environments=tuple(each for each in plan.environments if each.platform in platforms),
        adaptation=None if plan.adaptation is None else plan.adaptation.of_platforms(platforms),
    )


def _of_file(path: Path) -> str:
    with storage_errors(path):
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _of_scenarios(loaded: Workspace) -> str:
    content: Mapping[str, str] = {name: scenario.fingerprint for name, scenario in loaded.scenarios.items()}
    text = json.dumps([kit_fingerprint(loaded.folders[-1] / "kit"), content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
