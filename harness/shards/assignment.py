"""Which environments of a plan each of several machines runs. Pure: the same everywhere for the same plan and times.

It follows from the plan, and not from what the machine at hand has stored: a shard that is run elsewhere would
otherwise be another one. Times come in only from where they are named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.sampling.costs import AVERAGE_CELL, MAKING, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The part of a plan that one machine runs."""

    number: int
    """From 1."""
    of: int
    """Number of shards that were asked for."""
    platform: str
    """Of all its environments."""
    environments: tuple[str, ...]
    """Ids, in the order of the plan; there is at least one."""
    pythons: tuple[str, ...]
    """Keys of the interpreters it needs, in the order of the plan."""
    cells: int
    """Number of those to be run."""
    milliseconds: int
    """How long it is expected to compute."""

    @property
    def name(self) -> str:
        """`1/6`."""
        return f"{self.number}/{self.of}"

    @property
    def artifact(self) -> str:
        """Name of the file that it delivers, without its ending."""
        return f"shard-{self.number}-of-{self.of}"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """All shards of a plan."""

    of: int
    shards: tuple[Shard, ...]
    """Numbered from 1; fewer than `of` where there are not as many environments."""
    weights: Times
    """Milliseconds by environment that it was made with."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 in hexadecimal over which environment is in which shard."""
        content = [self.of, [[shard.number, sorted(shard.environments)] for shard in self.shards]]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @cached_property
    def owners(self) -> Mapping[str, Shard]:
        """The shard of each environment."""
        return {environment: shard for shard in self.shards for environment in shard.environments}

    def shard(self, number: int) -> Shard:
        """The shard of that number; `ConfigurationError` where there is none."""
        if not 1 <= number <= len(self.shards):
            raise ConfigurationError(
                value=f"--shard {number}/{self.of}",
                cause=f"this plan has {len(self.shards)} shards of {self.of}, none of them empty",
                action=f"take one of 1/{self.of} to {len(self.shards)}/{self.of}",
            )
        return self.shards[number - 1]

    def notes(self) -> list[str]:
        """What is not as it was asked for, for people."""
        if len(self.shards) == self.of:
            return []
        why = "an environment is never split, and no shard is empty"
        return [f"{self.of} shards were asked for, and there are {len(self.shards)}: {why}"]


def to_be_run(plan: Plan) -> list[PlannedEnvironment]:
    """The environments with cells that the plan does not rule out itself."""
    return [each for each in plan.environments if cells_to_run(each)]


def cells_to_run(environment: PlannedEnvironment) -> int:
    """How many cells there are to be run in it."""
    if environment.status is not None:
        return 0
    return sum(len(lane.cells) for lane in environment.lanes if lane.status is None)


def restricted(plan: Plan, environments: Sequence[str]) -> Plan:
    """The plan with some of its environments only."""
    wanted = set(environments)
    return replace(plan, environments=tuple(each for each in plan.environments if each.id in wanted))


def assign(plan: Plan, shards: int, times: Times | None = None) -> Assignment:
    """Split a plan into `shards`, each of one platform, so that all are expected to take about as long.

    `times` of environments that it does not have are left out; of those that nothing is known of, the time is estimated
    from the number of cells. `ConfigurationError` where there are fewer shards than platforms.
    """
    environments = to_be_run(plan)
    known = times or {}
    weights = {
        each.id: MAKING + known.get(each.id, round(1000 * AVERAGE_CELL * cells_to_run(each))) for each in environments
    }
    of_platform = {platform: [each for each in environments if each.platform == platform] for platform in PLATFORMS}
    present = {platform: inside for platform, inside in of_platform.items() if inside}
    if shards < len(present):
        raise ConfigurationError(
            value=f"--shards {shards}",
            cause=f"is too few for {len(present)} platforms ({', '.join(present)}): a shard has one platform",
            action=f"take {len(present)} or more",
        )
    made: list[Shard] = []
    for platform, count in _counts(present, weights, shards).items():
        for inside in _balanced(present[platform], weights, count):
            made.append(
                Shard(
                    number=len(made) + 1,
                    of=shards,
                    platform=platform,
                    environments=tuple(each.id for each in inside),
                    pythons=tuple(dict.fromkeys(each.python for each in inside)),
                    cells=sum(map(cells_to_run, inside)),
                    milliseconds=sum(weights[each.id] for each in inside),
                )
            )
    return Assignment(of=shards, shards=tuple(made), weights=weights)


def _counts(present: Mapping[str, Sequence[PlannedEnvironment]], weights: Times, shards: int) -> dict[str, int]:
    """Number of shards by platform: one each, then each further one where a shard takes longest."""
    counts = dict.fromkeys(present, 1)
    total = {platform: sum(weights[each.id] for each in inside) for platform, inside in present.items()}
    for _ in range(shards - len(present)):
        open_ones = [platform for platform, inside in present.items() if counts[platform] < len(inside)]
        if not open_ones:
            break
        # The first of those that are equal: in the order of platforms.
        counts[max(open_ones, key=lambda platform: total[platform] / counts[platform])] += 1
    return counts


def _balanced(environments: Sequence[PlannedEnvironment], weights: Times, count: int) -> list[list[PlannedEnvironment]]:
    """`count` groups: the longest first, each to the group that has least. None is empty."""
    groups: list[list[PlannedEnvironment]] = [[] for _ in range(count)]
    loads = [0] * count
    for each in sorted(environments, key=lambda environment: (-weights[environment.id], environment.id)):
        lightest = min(range(count), key=lambda number: loads[number])
        groups[lightest].append(each)
        loads[lightest] += weights[each.id]
    order = {environment.id: number for number, environment in enumerate(environments)}
    return [sorted(group, key=lambda each: order[each.id]) for group in groups]
