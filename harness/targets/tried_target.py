"""A target as it was read, and what became of it: the records that commands hand to what prints them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.plan.plan_records import Plan
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
    controls: tuple[Place, ...]
    """Where its checks may run as its author runs them, the best first; not empty."""
    plan: Plan
    """What would run everywhere, without the target in its environments."""
    suite: bool
    """Whether its tests are run."""
    state: Path
    """The folder in which its runs are stored."""
    command: tuple[str, ...]
    """The words that try it alone, after the name of the program."""
    budget: str
    """The time for all but the control, as it is written: `10m`, `none`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedTarget:
    """What became of a target."""

    read: ReadTarget
    built: BuiltTarget
    control: Control
    control_at: Place
    """Where that was measured."""
    passed_over: tuple[tuple[Place, str], ...]
    """Where it was tried before and is nothing to compare with, and why."""
    run_id: str
    """The run that knows all of its cells."""
