"""A target as it was read, and what became of it: the records that commands hand to what prints them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.targets.checks import Control
from harness.targets.declarations import Declarations
from harness.targets.settings import TargetSettings
from harness.targets.snapshot import Snapshot
from harness.targets.target_plan import Place
from harness.targets.wheel import BuiltTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTarget:
    """A target as it was read, and what would be asked about it."""

    snapshot: Snapshot
    settings: TargetSettings
    declared: Declarations
    control: Place | None
    """Where its suite runs as its author runs it; None: it can run nowhere here."""
    places: tuple[Place, ...]
    lanes: tuple[str, ...]
    suite: bool
    """Whether its tests are run."""
    state: Path
    """The folder in which its runs are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedTarget:
    """What became of a target."""

    read: ReadTarget
    built: BuiltTarget
    control: Control | None
    """None: it has no suite."""
    run_id: str
    """The run that knows all of its cells."""
