"""What came of a bisection: the steps that were tried, and between which two the cell changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from harness.environments.lockfiles import entries
from harness.experiments.bisect.stored_pair import StoredPair
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisStep:
    """One value of an axis."""

    label: str
    day: date | None
    planned: PlannedEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What the cell gives at one step."""

    step: AxisStep
    outcome: Outcome
    mechanism: str | None
    detail: str | None
    environment: EnvironmentResult
    cell: CellResult | None
    """None where it was not run."""

    @property
    def signature(self) -> tuple[str, str | None]:
        """What a change is a change of."""
        return self.outcome.value, self.mechanism

    @property
    def versions(self) -> dict[str, str]:
        """Installed versions by normalised name, those of overlays too."""
        added = [entry for overlay in self.environment.overlays for entry in entries(overlay.lock)]
        there = {entry.name: entry.version for entry in added if entry.version is not None}
        return {**self.environment.versions, **there}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The two values at which a bisection began, since stored runs tell that the cell passes with one of them alone."""

    stored: StoredPair
    measured: tuple[StepResult, StepResult]

    @property
    def holds(self) -> bool:
        """Whether it is so here and now: the cell passes with one of the two, and not with the other."""
        first, last = (side.outcome is Outcome.PASS for side in self.measured)
        return first is not last


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """What came of a bisection."""

    axis: str
    steps: tuple[AxisStep, ...]
    """What could have been tried."""
    tried: tuple[StepResult, ...]
    """In the order of the axis."""
    changes: tuple[tuple[StepResult, StepResult], ...]
    """Neighbouring steps with different signatures."""
    beginning: Beginning | None
    """None where stored runs tell of no two values to begin at."""
    whole: int
    """How many steps the whole range takes, if the cell changes nowhere else in it."""
