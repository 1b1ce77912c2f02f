"""What a run is asked for: the records of a plan, its hash, and its text form.

A plan of hundreds of thousands of cells is small because the grids of (scenario, helper) pairs, and the lanes that
hold them, are the same tuples for every environment that asks the same. Everything here keeps that sharing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

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
            found.append(self.adaptation.to_json())
        return _digest(found)

    def to_json(self) -> str:
        """The plan as text; shared grids and lanes are written once. `from_json` reads it back."""
        grids: dict[int, int] = {}
        lanes: dict[int, int] = {}
        grid_rows: list[Questions] = []
        lane_rows: list[list[Any]] = []
        rows = []
        for env in self.environments:
            numbers = []
            for lane in env.lanes:
                if id(lane.cells) not in grids:
                    grids[id(lane.cells)] = len(grid_rows)
                    grid_rows.append(lane.cells)
                if id(lane) not in lanes:
                    lanes[id(lane)] = len(lane_rows)
                    grid = grids[id(lane.cells)]
                    lane_rows.append([lane.name, _text(lane.status), lane.reason, lane.overlays, lane.requires, grid])
                numbers.append(lanes[id(lane)])
            row = {field.name: getattr(env, field.name) for field in fields(env)}
            rows.append(row | {"status": _text(env.status), "lanes": numbers})
        asked = {name: [scenario.question, scenario.core] for name, scenario in self.scenarios.items()}
        content = {"format": _FORMAT, "name": self.name, "grids": grid_rows, "lanes": lane_rows, "environments": rows}
        if self.coverage is not None:
            content["coverage"] = self.coverage.to_json()
        if self.adaptation is not None:
            content["adaptation"] = self.adaptation.to_json()
        return json.dumps({**content, "scenarios": asked}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that `to_json` wrote; `StorageError` if `text` is anything else."""
        try:
            content = json.loads(text)
            if content["format"] != _FORMAT:
                raise ValueError(f"its format is {content['format']}, this program reads {_FORMAT}")
            grids = [tuple((scenario, helper) for scenario, helper in grid) for grid in content["grids"]]
            lanes = [
                PlannedLane(
                    name=name,
                    status=_status(status),
                    reason=reason,
                    overlays=tuple(overlays),
                    requires=tuple(requires),
                    cells=grids[grid],
                )
                for name, status, reason, overlays, requires, grid in content["lanes"]
            ]
            environments = tuple(_environment(row, lanes) for row in content["environments"])
            asked = {
                name: AskedScenario(question=text, core=core) for name, (text, core) in content["scenarios"].items()
            }
            # Most plans have neither, and none had before there were choices.
            chosen, adapted = content.get("coverage"), content.get("adaptation")
            return cls(
                name=content["name"],
                environments=environments,
                scenarios=asked,
                coverage=None if chosen is None else Coverage.from_json(chosen),
                adaptation=None if adapted is None else Adaptation.from_json(adapted),
            )
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise StorageError(
                value="the stored plan", cause=f"cannot be read: {error}", action="run again with --fresh"
            ) from error


def _environment(row: dict[str, Any], lanes: list[PlannedLane]) -> PlannedEnvironment:
    changed = {
        "status": _status(row["status"]),
        "constraints": tuple(row["constraints"]),
        "repacked": tuple(row["repacked"]),
        "additions": tuple(row.get("additions", ())),
        "lanes": tuple(lanes[number] for number in row["lanes"]),
    }
    return PlannedEnvironment(**{**row, **changed})


def _status(text: str | None) -> Outcome | None:
    return None if text is None else Outcome(text)


def _text(status: Outcome | None) -> str | None:
    return None if status is None else status.value


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
