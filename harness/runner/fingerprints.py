"""What a cell's result depends on, as one short text: equal means that it need not be run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from harness.plan.model import PlannedLane
from harness.results import EnvironmentResult
from harness.scenarios import ScenarioFile

LENGTH = 20
"""Hexadecimal digits: 80 bits, plenty to tell a few million results apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintBasis:
    """What is the same for all cells of a run."""

    kit: str
    """Fingerprint of the in-cell kit."""
    scenarios: Mapping[str, ScenarioFile]
    lanes: Mapping[str, Mapping[str, object]]
    """Scrapy settings by lane."""
    isolate: bool
    """Results of cells that ran alone do not stand for those that were to run in batches, nor the other way."""


def digest(*parts: object) -> str:
    """A short text that differs where any of the parts differs."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def cell_fingerprints(basis: FingerprintBasis, result: EnvironmentResult) -> Callable[[PlannedLane, str], str]:
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
        return hashlib.sha256((lane + basis.scenarios[scenario].fingerprint).encode()).hexdigest()[:LENGTH]

    return lambda lane, scenario: of_scenario(of_lane(lane.name, lane.overlays), scenario)
