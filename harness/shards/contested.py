"""One environment that several artifacts speak of: what they agree on, and what is in conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.plan.model import PlannedEnvironment, PlannedLane
from harness.results import INCOMPLETE, CellKey, CellResult, EnvironmentResult, Evidence, Outcome
from harness.store.merged import Delivery
from harness.store.records import StoredCell

_LONGEST = 20_000
"""Characters of each text that is kept of a cell in conflict."""


@dataclass(slots=True)
class Side:
    """What one artifact says of the environment."""

    delivery: Delivery
    environment: EnvironmentResult | None = None
    cells: dict[tuple[str, str, str], StoredCell] = field(default_factory=dict)
    """By lane, scenario and helper."""

    def add(self, piece: EnvironmentResult | list[tuple[CellResult, str]]) -> None:
        """Takes what stands in the artifact."""
        if isinstance(piece, EnvironmentResult):
            self.environment = piece
        else:
            for result, origin in piece:
                self.cells[result.key[1:]] = StoredCell(result=result, origin=origin)

    def says(self, lane: PlannedLane, key: CellKey) -> StoredCell | None:
        """What is recorded of a cell, or follows from the environment; None: it says nothing."""
        recorded = self.cells.get(key[1:])
        if recorded is not None or self.environment is None:
            return recorded
        outcome, reason = self._follows(lane)
        if outcome is None:
            return None
        result = CellResult(
            key=key, outcome=outcome, mechanism=None, detail=reason, close=None, facts=None, seconds=None,
            isolated=False, fingerprint="",
        )  # fmt: skip
        return StoredCell(result=result, origin=self.delivery.run)

    def _follows(self, lane: PlannedLane) -> tuple[Outcome | None, str | None]:
        assert self.environment is not None
        if self.environment.status is not None:
            return self.environment.status, self.environment.reason
        for overlay in self.environment.overlays:
            if overlay.name in lane.overlays and overlay.status is not None:
                return overlay.status, f"{overlay.name}: {overlay.reason}"
        return None, None


def settled(
    planned: PlannedEnvironment, sides: Sequence[Side], *, merge: str
) -> tuple[EnvironmentResult | None, list[StoredCell]]:
    """The environment and the cells to be recorded of it. `sides` in an order that does not depend on arguments.

    Cells that follow from the environment are not among them. `merge`: id of the run that says what is in conflict.
    """
    best = min((side for side in sides if side.environment is not None), key=_rank, default=None)
    return None if best is None else best.environment, list(_cells(planned, sides, best, merge))


def _rank(side: Side) -> int:
    """The environment that could be used goes before one that could not, and that before one not looked at."""
    status = None if side.environment is None else side.environment.status
    return 0 if status is None else 2 if status in INCOMPLETE else 1


def _cells(planned: PlannedEnvironment, sides: Sequence[Side], best: Side | None, merge: str) -> Iterator[StoredCell]:
    marks: dict[tuple[str, str], str] = {}
    for lane in planned.lanes:
        for scenario, helper in lane.cells if lane.status is None else ():
            key = CellKey(planned.id, lane.name, scenario, helper)
            said = [(side, cell) for side in sides if (cell := side.says(lane, key)) is not None]
            chosen = _chosen(said, merge)
            if chosen is None or (best is not None and chosen == best.says(lane, key) and key[1:] not in best.cells):
                continue
            # All cells of a block have one fingerprint.
            mark = marks.setdefault((lane.name, scenario), chosen.result.fingerprint)
            yield replace(chosen, result=replace(chosen.result, fingerprint=mark))


def _chosen(said: Sequence[tuple[Side, StoredCell]], merge: str) -> StoredCell | None:
    known = [(side, cell) for side, cell in said if cell.result.outcome not in INCOMPLETE] or list(said)
    if not known:
        return None
    different = {(cell.result.outcome, cell.result.mechanism) for _, cell in known}
    if len(different) == 1 or known[0][1].result.outcome in INCOMPLETE:
        return known[0][1]
    key = known[0][1].result.key
    told = "; ".join(f"{_seen(cell)} in {side.delivery.name} ({side.delivery.machine})" for side, cell in known)
    result = CellResult(
        key=key, outcome=Outcome.CONFLICT, mechanism=None, detail=told, close=None, facts=None, seconds=None,
        isolated=False, fingerprint=known[0][1].result.fingerprint, evidence=_both(known),
    )  # fmt: skip
    return StoredCell(result=result, origin=merge)


def _seen(cell: StoredCell) -> str:
    result = cell.result
    return result.outcome.value if result.mechanism is None else f"{result.outcome.value} {result.mechanism}"


def _both(known: Sequence[tuple[Side, StoredCell]]) -> Evidence:
    """Everything that lies behind each of them, one after another, with where it comes from."""
    texts: dict[str, list[str]] = {"exception": [], "stacks": [], "stdout": [], "stderr": []}
    for side, cell in known:
        where = side.delivery
        title = f"--- {_seen(cell)}: {where.name}, run {cell.origin}, {where.machine}"
        evidence = cell.result.evidence or Evidence()
        for name, parts in texts.items():
            text = getattr(evidence, name)
            if name == "exception":
                text = f"{cell.result.detail or ''}\n{text}".strip()
            if text or name == "exception":
                parts.append(f"{title}\n{text[:_LONGEST]}\n")
    return Evidence(**{name: "\n".join(parts) for name, parts in texts.items()})
