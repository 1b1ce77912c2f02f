"""A plan split over machines, as people and CI are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.infra.text import plural
from harness.plan.plan_records import Plan
from harness.shards.assignment import Assignment, assign
from harness.shards.ci import AskedSplit, shards_lines
from harness.shards.identity import named_times
from harness.workspace import Filters, PlannedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A plan split over machines."""

    plan: Plan
    assignment: Assignment
    asked: AskedSplit

    @property
    def notes(self) -> list[str]:
        """What is not as it was asked for."""
        return self.assignment.notes()

    def lines(self, shape: str | None) -> Iterator[str]:
        """In one of the formats for CI, or for people (None)."""
        if shape is not None:
            yield from shards_lines(self.plan, self.assignment, self.asked, shape)
            return
        for shard in self.assignment.shards:
            size = f"{plural(len(shard.environments), 'environment')}, {shard.cells} cells"
            seconds = shard.milliseconds // 1000
            yield f"{shard.name} on {shard.platform}: {size}, about {seconds} s; Python {', '.join(shard.pythons)}"


def split_plan(planned: PlannedRun, filters: Filters, shards: int, times: Path | None, extra: Sequence[str]) -> Split:
    """A plan split into so many shards; `extra`: options that `run` and `merge` need beside the filters."""
    asked = AskedSplit(filters=filters, extra=[*extra, *([] if times is None else [f"--times={times}"])])
    return Split(plan=planned.plan, assignment=assign(planned.plan, shards, named_times(times)), asked=asked)
