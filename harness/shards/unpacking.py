"""Lines of an artifact -> results, each name and number in them checked against the plan and the lines before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from harness.plan.model import Grid, PlannedEnvironment
from harness.results import CellKey, CellResult, Close, EnvironmentResult, Evidence, Facts, Outcome, OverlayResult
from harness.shards.lines import (
    CellItem,
    CellsLine,
    EnvironmentLine,
    EvidenceLine,
    Header,
    LockLine,
    ObservationLine,
    OverlayItem,
)

Each = TypeVar("Each")

LOCKS = 4 << 20
"""Characters of one lock file: entries that many share take little room in an artifact, and much when put together."""


class Known:
    """What the lines so far have said. Every method raises `ValueError` where a line does not fit them, or the plan."""

    def __init__(self, header: Header, environments: Mapping[str, PlannedEnvironment]) -> None:
        self._origins = header.origins
        self._planned = environments
        self._locks: list[str] = []
        self._observations: list[ObservationLine] = []
        self._facts: list[Facts | None] = []
        self._evidence: list[Evidence] = []
        self._told: set[str] = set()
        self._blocks: set[tuple[str, str, str]] = set()
        self._helpers: dict[tuple[int, ...], dict[str, set[str]]] = {}

    def add(self, line: LockLine | ObservationLine | EvidenceLine) -> None:
        """Takes what later lines refer to by its number."""
        kept: list[str] | list[ObservationLine] | list[Evidence]
        if isinstance(line, LockLine):
            kept = self._locks
            kept.append(line.text)
        elif isinstance(line, ObservationLine):
            kept = self._observations
            kept.append(line)
            facts = line.facts
            self._facts.append(
                None if facts is None else Facts(reactor=facts.reactor, loop=facts.loop, policy=facts.policy)
            )
        else:
            kept = self._evidence
            kept.append(Evidence(exception=line.exception, stacks=line.stacks, stdout=line.stdout, stderr=line.stderr))
        if line.number != len(kept) - 1:
            raise ValueError(f"number {line.number} follows {len(kept) - 2}")

    def environment(self, line: EnvironmentLine) -> EnvironmentResult:
        """The environment of a line; its coordinates are those of the plan."""
        planned = self._planned_environment(line.id)
        if line.id in self._told:
            raise ValueError(f"{line.id} is there twice")
        self._told.add(line.id)
        for name in ("platform", "python", "scrapy", "profile"):
            if getattr(line, name) != getattr(planned, name):
                raise ValueError(f"{name} of {line.id} is not that of the plan")
        return EnvironmentResult(
            id=planned.id,
            platform=planned.platform,
            python=planned.python,
            scrapy=planned.scrapy,
            profile=planned.profile,
            status=None if line.status is None else Outcome(line.status),
            reason=line.reason,
            detail=line.detail,
            fingerprint=line.fingerprint,
            interpreter=line.interpreter,
            versions=line.versions,
            lock=self._lock(line.lock),
            overlays=tuple(self._overlay(each) for each in line.overlays),
        )

    def cells(self, line: CellsLine) -> list[tuple[CellResult, str]]:
        """The cells of a line, each with the run that attested it."""
        planned = self._planned_environment(line.environment)
        block = (line.environment, line.lane, line.scenario)
        if block in self._blocks:
            raise ValueError(f"{'/'.join(block)} is there twice")
        self._blocks.add(block)
        grids = tuple(lane.cells for lane in planned.lanes if lane.name == line.lane and lane.status is None)
        helpers = self._asked(grids).get(line.scenario, set())
        given = [item.helper for item in line.cells]
        if not helpers.issuperset(given) or len(set(given)) != len(given):
            wrong = next((helper for helper in given if helper not in helpers), given[0])
            raise ValueError(f"the plan does not have this cell for this shard, or once: {'/'.join(block)}/{wrong}")
        return [self._cell(line, item) for item in line.cells]

    def _planned_environment(self, name: str) -> PlannedEnvironment:
        planned = self._planned.get(name)
        if planned is None:
            raise ValueError(f"{name} is no environment of its shard")
        return planned

    def _asked(self, grids: tuple[Grid, ...]) -> dict[str, set[str]]:
        """Helpers by scenario; grids are shared by many environments and live as long as the plan."""
        key = tuple(map(id, grids))
        if key not in self._helpers:
            found: dict[str, set[str]] = {}
            for grid in grids:
                for scenario, helper in grid:
                    found.setdefault(scenario, set()).add(helper)
            self._helpers[key] = found
        return self._helpers[key]

    def _cell(self, line: CellsLine, item: CellItem) -> tuple[CellResult, str]:
        seen = _at(self._observations, item.observation, "observation")
        result = CellResult(
            key=CellKey(line.environment, line.lane, line.scenario, item.helper),
            outcome=Outcome(seen.outcome),
            mechanism=seen.mechanism,
            detail=seen.detail,
            close=None if seen.close is None else Close(seen.close),
            facts=self._facts[item.observation],
            seconds=None if item.microseconds is None else item.microseconds / 1e6,
            isolated=seen.isolated,
            fingerprint=line.fingerprint,
            evidence=None if item.evidence is None else _at(self._evidence, item.evidence, "evidence"),
        )
        return result, _at(self._origins, item.origin, "origin")

    def _overlay(self, item: OverlayItem) -> OverlayResult:
        return OverlayResult(
            name=item.name,
            status=None if item.status is None else Outcome(item.status),
            reason=item.reason,
            lock=self._lock(item.lock),
            fingerprint=item.fingerprint,
        )

    def _lock(self, numbers: list[int]) -> str:
        entries = [_at(self._locks, number, "entry of a lock") for number in numbers]
        if sum(map(len, entries)) > LOCKS:
            raise ValueError(f"a lock has more than {LOCKS} characters")
        return "".join(entries)


def _at(entries: list[Each], number: int, what: str) -> Each:
    if number >= len(entries):
        raise ValueError(f"there is no {what} {number} before it")
    return entries[number]
