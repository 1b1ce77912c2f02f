"""One cell with what, changed alone, changes its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.cell_causes import AxisPairs, CellCauses
from harness.analysis.minimal_pairs import PairCounts, is_result
from harness.analysis.package_changes import PackageChange, package_changes
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.render.rerun_command import run_again
from harness.render.to_plain import plain
from harness.store.schema import RunMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCell:
    """One cell with what, changed alone, changes its result."""

    causes: CellCauses
    alike: int
    """Cells of the same scenario and helper with the same result, this one counted."""
    elsewhere: Mapping[str, PairCounts]
    """The minimal pairs that these have along axes of which the cell itself tells nothing."""
    known: Mapping[CellCoordinates, KnownCell]
    environments: Mapping[str, EnvironmentResult]
    runs: Sequence[RunMeta]
    """What all this is from, the oldest first; where one came with the harness, it is the last."""
    shipped: bool = False
    """Whether the last came with the harness."""

    @property
    def cell(self) -> KnownCell:
        """Return the cell itself."""
        return self.causes.cell

    @property
    def passes(self) -> bool:
        """Return whether there is nothing to be mended."""
        return self.cell.outcome == Outcome.PASS

    @property
    def comparable(self) -> bool:
        """Return whether anything is known of the cell."""
        return is_result(self.cell)

    @property
    def telling(self) -> tuple[CellCoordinates, ...]:
        """Return the cells of which nothing is known and that would tell, the most telling first."""
        joint = [at for change in self.causes.joint for at in change.telling]
        nearest = [at for pairs in self.causes.axes for at in pairs.untried[:1]]
        rest = [at for pairs in self.causes.axes for at in pairs.untried[1:]]
        return tuple(dict.fromkeys((*joint, *nearest, *rest)))

    def packages(self, other: CellCoordinates) -> tuple[PackageChange, ...]:
        """Return the packages whose versions differ between the environments of this cell and of another."""
        before, after = (self.environments.get(at.key.environment) for at in (self.cell.at, other))
        if before is None or after is None or not (before.versions and after.versions):
            return ()
        return package_changes(before.versions, after.versions)

    def command(self, other: CellCoordinates) -> str:
        """Return the command that runs the cell and another one, each alone."""
        return run_again(self.runs[0].command, self.cell.at.key.id, other.key.id)

    def object(self) -> dict[str, Any]:
        """Return the same for programs."""
        cell = self.cell
        return dict(plain({
            "cell": cell.at.key.id,
            "outcome": cell.outcome,
            "mechanism": cell.mechanism,
            "detail": cell.detail,
            "runs": [run.id for run in self.runs],
            "axes": [self._axis_object(pairs) for pairs in self.causes.axes],
            "joint": [
                {
                    "suspects": change.suspects,
                    "innocent": change.innocent,
                    **_pair_object(change.cell),
                    "telling": [at.key.id for at in change.telling],
                }
                for change in self.causes.joint
            ],
            "alike": self.alike,
            "elsewhere": {
                axis: {"effect": counts.effect.value, "differ": counts.differ, "same": counts.same}
                for axis, counts in self.elsewhere.items()
            },
        }))  # fmt: skip

    def _axis_object(self, pairs: AxisPairs) -> dict[str, Any]:
        shown = next(iter(pairs.flips), None)
        return {
            "axis": pairs.axis,
            "effect": pairs.effect.value,
            "flips": [_pair_object(other) for other in pairs.flips],
            "changes": [_pair_object(other) for other in pairs.changes],
            "hidden": [_pair_object(other) for other in pairs.hidden],
            "same": [other.at.key.id for other in pairs.same],
            "untried": [at.key.id for at in pairs.untried],
            "packages": self.packages(shown.at) if shown is not None and pairs.axis == "profile" else (),
            "command": None if shown is None else self.command(shown.at),
        }


def _pair_object(other: KnownCell) -> dict[str, Any]:
    return {"cell": other.at.key.id, "outcome": other.outcome, "mechanism": other.mechanism}
