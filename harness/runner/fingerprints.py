"""What a cell's result depends on, as one short text: equal means that it need not be run again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from harness.model.ids import BlockKey
from harness.model.result import EnvironmentResult
from harness.model.run_inputs import RunInputs
from harness.plan.plan_records import PlannedLane, Questions
from harness.plan.scenario_info import Kind
from harness.store.records import Wanted

LENGTH = 20
"""Hexadecimal digits: 80 bits, plenty to tell a few million results apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintInputs:
    """What is the same for all cells of a run."""

    kit: str
    """Fingerprint of the in-cell kit."""
    scenarios: Mapping[str, str]
    """Fingerprints of the scenario files by name."""
    kinds: Mapping[str, Kind]
    """What each scenario is, by name."""
    lanes: Mapping[str, Mapping[str, object]]
    """Scrapy settings by lane."""
    own: tuple[str, ...] = ()
    """The scenarios that are a user's own, sorted."""
    isolate: bool
    """Results of cells that ran alone do not stand for those that were to run in batches, nor the other way."""

    def recorded(self, deadline: float) -> RunInputs:
        """Return what a run records of them, with the deadline of its cells."""
        return RunInputs(
            kit=self.kit[:LENGTH],
            scenarios={name: mark[:LENGTH] for name, mark in self.scenarios.items()},
            lanes={name: digest(settings) for name, settings in self.lanes.items()},
            isolate=self.isolate,
            deadline=deadline,
            runner=_runner_digest(),
        )


@lru_cache(maxsize=1)
def _runner_digest() -> str:
    """Return the digest of this package: what starts cells and says what their outcomes are."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return digest([(file.name, file.read_text(encoding="utf-8")) for file in files])


def digest(*parts: object) -> str:
    """A short text that differs where any of the parts differs."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def cell_fingerprints(basis: FingerprintInputs, result: EnvironmentResult) -> Callable[[PlannedLane, str], str]:
    """A function from lane and scenario to the fingerprint of their cells in the environment `result`."""
    overlays = {overlay.name: overlay.fingerprint for overlay in result.overlays}

    @cache
    def of_lane(name: str, needed: tuple[str, ...]) -> str:
        settings = {setting: basis.lanes[name][setting] for setting in sorted(basis.lanes[name])}
        added = [overlays.get(overlay, "") for overlay in needed]
        return digest(result.fingerprint, name, settings, added, basis.kit, basis.isolate)

    @cache
    def of_scenario(lane: str, scenario: str) -> str:
        # Both are digests: of fixed length, so that nothing needs to stand between them. Asked for tens of thousands.
        return hashlib.sha256((lane + basis.scenarios[scenario]).encode()).hexdigest()[:LENGTH]

    return lambda lane, scenario: of_scenario(of_lane(lane.name, lane.overlays), scenario)


class Fingerprinter:
    """Says what is wanted of an environment; made once for a run."""

    def __init__(self, basis: FingerprintInputs) -> None:
        self._basis = basis
        # By identity: the lanes of all environments share their grids. The grid is kept so that no other gets its id.
        self._counts: dict[int, tuple[Questions, Mapping[str, int]]] = {}

    def wanted(self, result: EnvironmentResult, lanes: Sequence[PlannedLane]) -> Wanted:
        """Fingerprint and number of the cells that `lanes` ask for in the environment `result`, by block."""
        fingerprint = cell_fingerprints(self._basis, result)
        wanted: dict[BlockKey, tuple[str, int]] = {}
        for lane in lanes:
            for scenario, count in self._counted(lane.cells).items():
                wanted[result.id, lane.name, scenario] = (fingerprint(lane, scenario), count)
        return wanted

    def _counted(self, grid: Questions) -> Mapping[str, int]:
        """Number of cells by scenario."""
        known = self._counts.get(id(grid))
        if known is None:
            known = self._counts[id(grid)] = (grid, Counter(scenario for scenario, _ in grid))
        return known[1]
