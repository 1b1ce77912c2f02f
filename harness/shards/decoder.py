"""Lines of an artifact -> results, each name and number in them checked against the plan and the lines before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from harness.model.outcome import Close, Outcome
from harness.model.result import EnvironmentResult, Evidence, Facts, OverlayResult
from harness.plan.plan_records import PlannedEnvironment, Questions
from harness.shards.artifact_lines import (
    CellItem,
    CellsLine,
    EnvironmentLine,
    EvidenceLine,
    Header,
    LockLine,
    ObservationLine,
    OverlayItem,
)
from harness.store.records import CellRow, Observation, lock_parts

Each = TypeVar("Each")
Keep = Callable[[Evidence], "int | None"]
"""Puts away what lies behind cells, which is never held in memory, and gives the number that `CellRow` has of it."""

LOCKS = 4 << 20
"""Characters of the locks of an environment and its overlays: entries that many share take little room in an artifact,
and much when put together."""
ENTRIES = 5_000
"""Entries of these locks."""


class DecodedCells(NamedTuple):
    """The cells of a block."""

    fingerprint: str
    rows: list[CellRow]


class DecoderState:
    """What the lines so far have said. Every method raises `ValueError` where a line does not fit them, or the plan."""

    def __init__(
        self, header: Header, environments: Mapping[str, PlannedEnvironment], keep: Keep, *, memory: int
    ) -> None:
        """`memory`: bytes that may be taken by what many lines share, and by environments with their locks."""
        self._origins = header.origins
        self._planned = environments
        self._keep = keep
        self._memory = memory
        self._locks: list[tuple[str, int]] = []
        """Each with the number of entries that it is."""
        self._observations: list[Observation] = []
        self._evidence: list[int | None] = []
        self._told: set[str] = set()
        self._blocks: set[tuple[str, str, str]] = set()
        self._helpers: dict[tuple[int, ...], dict[str, set[str]]] = {}

    def add(self, line: LockLine | ObservationLine | EvidenceLine) -> None:
        """Takes what later lines refer to by its number."""
        kept: list[tuple[str, int]] | list[Observation] | list[int | None]
        if isinstance(line, LockLine):
            kept = self._locks
            kept.append((line.text, len(lock_parts(line.text))))
            self._weigh([line.text])
        elif isinstance(line, ObservationLine):
            kept = self._observations
            kept.append(_observation(line))
            self._weigh([line.mechanism, line.detail])
            if line.facts is not None:
                self._weigh([line.facts.reactor, line.facts.loop, line.facts.policy])
        else:
            kept = self._evidence
            kept.append(
                self._keep(
                    Evidence(exception=line.exception, stacks=line.stacks, stdout=line.stdout, stderr=line.stderr)
                )
            )
        if line.number != len(kept) - 1:
            raise ValueError(f"number {line.number} follows {len(kept) - 2}")

    def _weigh(self, texts: Iterable[str | None]) -> None:
        self._memory -= sum(map(sys.getsizeof, texts))
        if self._memory < 0:
            raise ValueError("all that it says of environments and observations takes more memory than it can")

    def environment(self, line: EnvironmentLine) -> EnvironmentResult:
        """The environment of a line; its coordinates are those of the plan."""
        planned = self._planned_environment(line.id)
        if line.id in self._told:
            raise ValueError(f"{line.id} is there twice")
        self._told.add(line.id)
        for name in ("platform", "python", "scrapy", "profile"):
            if getattr(line, name) != getattr(planned, name):
                raise ValueError(f"{name} of {line.id} is not that of the plan")
        self._refuse_large_locks(line)
        found = EnvironmentResult(
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
        self._weigh([found.detail, found.reason, found.interpreter, found.lock, *found.versions.values()])
        for overlay in found.overlays:
            self._weigh([overlay.name, overlay.reason, overlay.lock])
        return found

    def cells(self, line: CellsLine) -> DecodedCells:
        """The cells of a line."""
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
        return DecodedCells(line.fingerprint, [self._cell(line, item) for item in line.cells])

    def _planned_environment(self, name: str) -> PlannedEnvironment:
        planned = self._planned.get(name)
        if planned is None:
            raise ValueError(f"{name} is no environment of its shard")
        return planned

    def _asked(self, grids: tuple[Questions, ...]) -> dict[str, set[str]]:
        """Helpers by scenario; grids are shared by many environments and live as long as the plan."""
        key = tuple(map(id, grids))
        if key not in self._helpers:
            found: dict[str, set[str]] = {}
            for grid in grids:
                for scenario, helper in grid:
                    found.setdefault(scenario, set()).add(helper)
            self._helpers[key] = found
        return self._helpers[key]

    def _cell(self, line: CellsLine, item: CellItem) -> CellRow:
        return CellRow(
            line.environment,
            line.lane,
            line.scenario,
            item.helper,
            _at(self._observations, item.observation, "observation"),
            None if item.microseconds is None else item.microseconds / 1e6,
            _at(self._origins, item.origin, "origin"),
            None if item.evidence is None else _at(self._evidence, item.evidence, "evidence"),
        )

    def _overlay(self, item: OverlayItem) -> OverlayResult:
        return OverlayResult(
            name=item.name,
            status=None if item.status is None else Outcome(item.status),
            reason=item.reason,
            lock=self._lock(item.lock),
            fingerprint=item.fingerprint,
        )

    def _lock(self, numbers: list[int]) -> str:
        return "".join(text for text, _ in self._entries(numbers))

    def _entries(self, numbers: list[int]) -> list[tuple[str, int]]:
        return [_at(self._locks, number, "entry of a lock") for number in numbers]

    def _refuse_large_locks(self, line: EnvironmentLine) -> None:
        """Before they are put together."""
        entries = self._entries([*line.lock, *(number for overlay in line.overlays for number in overlay.lock)])
        if sum(len(text) for text, _ in entries) > LOCKS or sum(count for _, count in entries) > ENTRIES:
            raise ValueError(f"the locks of {line.id} have more than {LOCKS} characters or {ENTRIES} entries")


def _observation(line: ObservationLine) -> Observation:
    facts = line.facts
    return Observation(
        Outcome(line.outcome),
        line.mechanism,
        line.detail,
        None if line.close is None else Close(line.close),
        None if facts is None else Facts(reactor=facts.reactor, loop=facts.loop, policy=facts.policy),
        line.isolated,
    )


def _at(entries: list[Each], number: int, what: str) -> Each:
    if number >= len(entries):
        raise ValueError(f"there is no {what} {number} before it")
    return entries[number]
