"""What all cells of a run depend on beside their environments: recorded, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """Digests that differ where what they are of differs, and how cells were run."""

    kit: str
    """Of what runs inside a cell, beside its scenario."""
    scenarios: Mapping[str, str]
    """Of the scenario files by name."""
    lanes: Mapping[str, str]
    """Of the settings of the lanes by name."""
    isolate: bool
    """Whether every cell had a process of its own."""
    deadline: float
    """Seconds without progress after which a cell hangs."""
    runner: str
    """Of the part of the harness that starts cells and tells their outcomes."""
