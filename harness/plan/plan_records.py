"""What a run is asked for: the records of a plan, its hash, and its text form.

A plan of hundreds of thousands of cells is small because the grids of (scenario, helper) pairs, and the lanes that
hold them, are the same tuples for every environment that asks the same. Everything here keeps that sharing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import msgspec

from harness.infra.errors import StorageError
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.plan.adaptation import Adaptation
from harness.plan.coverage import Coverage

_FORMAT = 3

Questions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLane:
    """One lane of one environment with the cells asked for in it.

    A lane is there more than once in an environment where its cells differ in overlays or status.
    """

    name: str
    """`<reactor>-<loop>`, or only the reactor where there is no loop: `epoll`, `asyncio-uvloop`."""
    status: Outcome | None
    """None: to be run. `UNSUPPORTED` or `EXCLUDED` otherwise."""
    reason: str | None
    overlays: tuple[str, ...]
    """Requirements that its cells need beside Scrapy, e.g. `("uvloop",)`: those of the lane, then `requires`."""
    cells: Questions
    """(scenario, helper) pairs, in plan order."""
    requires: tuple[str, ...] = ()
    """Those among the overlays that the scenarios need, not the lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEnvironment:
    """One environment of the plan."""

    id: str
    platform: str
    python: str
    scrapy: str
    requirement: str
    """What is handed to the resolver: `scrapy==2.13.4` or a direct reference."""
    profile: str
    exclude_newer: str | None
    """ISO day up to which packages existed, for a profile with a cut-off; None: no cut-off."""
    exempt: dict[str, str]
    """Packages with a cut-off day of their own."""
    constraints: tuple[str, ...]
    """Requirements that hold packages back, for the profile `pinned`."""
    status: Outcome | None
    """None: to be provided. `EXCLUDED` otherwise."""
    reason: str | None
    lanes: tuple[PlannedLane, ...]
    repacked: tuple[str, ...] = ()
    """`name==version` of packages whose source archive has to be repacked for uv to take it."""
    additions: tuple[str, ...] = ()
    """Packages that are installed beside Scrapy, for the profile `pinned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedScenario:
    """What readers of results want to know of a scenario."""

    question: str
    """What it asks, in a sentence."""
    core: bool
    """Whether it is about awaiting a Deferred in a callback, which all others are compared with."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The cells of a run."""

    name: str
    environments: tuple[PlannedEnvironment, ...]
    scenarios: Mapping[str, AskedScenario] = field(default_factory=dict)
    """Those that are asked, by name."""
    coverage: Coverage | None = None
    """What was chosen for it from a larger plan; None: nothing was left out by choice."""
    adaptation: Adaptation | None = None
    """How it was adapted to the Pythons of a machine; None: it is as it is written."""

    def keys(self) -> Iterator[CellKey]:
        """The key of every cell that is not excluded with its whole environment, in plan order."""
        for environment in self.environments:
            if environment.status is not None:
                continue
            for lane in environment.lanes:
                for scenario, helper in lane.cells:
                    yield CellKey(environment.id, lane.name, scenario, helper)

    @cached_property
    def count(self) -> int:
        """The number of `keys()`."""
        return sum(len(lane.cells) for env in self.environments if env.status is None for lane in env.lanes)

    @property
    def runnable(self) -> dict[str, int]:
        """How many cells the plan does not rule out itself, by environment that is to be provided."""
        return {
            environment.id: sum(len(lane.cells) for lane in environment.lanes if lane.status is None)
            for environment in self.environments
            if environment.status is None
        }

    def count_runnable(self) -> tuple[int, int]:
        """How many environments are to be provided, and how many cells the plan does not rule out itself."""
        runnable = self.runnable
        return len(runnable), sum(runnable.values())

    @cached_property
    def hash(self) -> str:
        """SHA-256 in hexadecimal over what is asked for, whatever its order, name and stated reasons."""
        grids: dict[int, str] = {}
        lanes: dict[int, str] = {}

        def of_lane(lane: PlannedLane) -> str:
            # By identity: hashing a large tuple anew for each of its thousands of uses costs seconds.
            if id(lane) not in lanes:
                if id(lane.cells) not in grids:
                    grids[id(lane.cells)] = _digest(sorted(lane.cells))
                content = [lane.name, _text(lane.status), sorted(lane.overlays), grids[id(lane.cells)]]
                lanes[id(lane)] = _digest(content)
            return lanes[id(lane)]

        def of_environment(env: PlannedEnvironment) -> str:
            content = {field.name: getattr(env, field.name) for field in fields(env) if field.name != "reason"}
            content |= {"status": _text(env.status), "constraints": sorted(env.constraints)}
            content["lanes"] = sorted(of_lane(lane) for lane in env.lanes)
            if not env.additions:
                # Plans of before there were any keep their hash.
                del content["additions"]
            return _digest(content)

        # With the format: a run whose plan this program cannot read is not one of the same plan.
        found: list[object] = [_FORMAT, sorted(of_environment(env) for env in self.environments)]
        # A choice that takes the same cells for another wish is told differently, and so is one on other Pythons.
        if self.coverage is not None:
            found.append(self.coverage.name)
        if self.adaptation is not None:
            found.append(msgspec.to_builtins(self.adaptation))
        return _digest(found)

    def to_json(self) -> str:
        """Return the plan as text; shared grids and lanes are written once. `from_json` reads it back."""
        grids: dict[int, int] = {}
        lanes: dict[int, int] = {}
        stored = _StoredPlan(
            format=_FORMAT, name=self.name, coverage=self.coverage, adaptation=self.adaptation,
            scenarios={name: (asked.question, asked.core) for name, asked in self.scenarios.items()},
        )  # fmt: skip
        for env in self.environments:
            for lane in env.lanes:
                if id(lane.cells) not in grids:
                    grids[id(lane.cells)] = len(stored.grids)
                    stored.grids.append(lane.cells)
                if id(lane) not in lanes:
                    lanes[id(lane)] = len(stored.lanes)
                    grid = grids[id(lane.cells)]
                    stored.lanes.append((lane.name, lane.status, lane.reason, lane.overlays, lane.requires, grid))
            row = {field.name: getattr(env, field.name) for field in fields(env)}
            stored.environments.append(row | {"lanes": [lanes[id(lane)] for lane in env.lanes]})
        return msgspec.json.encode(stored).decode()

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan that `to_json` wrote; `StorageError` if `text` is anything else."""
        try:
            stored = msgspec.json.decode(text, type=_StoredPlan)
            if stored.format != _FORMAT:
                raise ValueError(f"its format is {stored.format}, this program reads {_FORMAT}")
            lanes = [
                PlannedLane(
                    name=name, status=status, reason=reason, overlays=overlays, requires=requires,
                    cells=stored.grids[grid],
                )
                for name, status, reason, overlays, requires, grid in stored.lanes
            ]  # fmt: skip
            return cls(
                name=stored.name,
                environments=tuple(
                    replace(
                        msgspec.convert({**row, "lanes": ()}, PlannedEnvironment),
                        lanes=tuple(lanes[number] for number in row["lanes"]),
                    )
                    for row in stored.environments
                ),
                scenarios={
                    name: AskedScenario(question=question, core=core)
                    for name, (question, core) in stored.scenarios.items()
                },
                coverage=stored.coverage,
                adaptation=stored.adaptation,
            )
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise StorageError(
                value="the stored plan", cause=f"cannot be read: {error}", action="run again with --fresh"
            ) from error


class _StoredPlan(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A plan as text: lanes have the number of their grid, environments those of their lanes."""

    format: int
    name: str
    grids: list[Questions] = msgspec.field(default_factory=list)
    lanes: list[tuple[str, Outcome | None, str | None, tuple[str, ...], tuple[str, ...], int]] = msgspec.field(
        default_factory=list
    )
    environments: list[dict[str, Any]] = msgspec.field(default_factory=list)
    coverage: Coverage | None = None
    adaptation: Adaptation | None = None
    scenarios: dict[str, tuple[str, bool]] = msgspec.field(default_factory=dict)


def _text(status: Outcome | None) -> str | None:
    return None if status is None else status.value


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
