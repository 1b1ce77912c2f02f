"""One environment that several artifacts speak of: what they agree on, and what is in conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult, Evidence
from harness.plan.plan_records import PlannedEnvironment, PlannedLane
from harness.shards.decoder import DecodedCells
from harness.store.merged import Delivery
from harness.store.records import CellRow, Observation
from harness.store.run_store import RunStore

Marked = tuple[CellRow, str]
"""A cell with its fingerprint."""

_LONGEST = 20_000
"""Characters of each text that is kept of a cell in conflict."""


@dataclass(slots=True)
class ArtifactSide:
    """What one artifact says of the environment."""

    delivery: Delivery
    environment: EnvironmentResult | None = None
    cells: dict[tuple[str, ...], Marked] = field(default_factory=dict)
    """By lane, scenario and helper."""

    def add(self, piece: EnvironmentResult | DecodedCells) -> None:
        """Takes what stands in the artifact."""
        if isinstance(piece, EnvironmentResult):
            self.environment = piece
        else:
            for row in piece.rows:
                self.cells[row[1:4]] = (row, piece.fingerprint)

    def says(self, lane: PlannedLane, key: CellKey) -> Marked | None:
        """What is recorded of a cell, or follows from the environment; None: it says nothing."""
        recorded = self.cells.get(key[1:])
        if recorded is not None or self.environment is None:
            return recorded
        outcome, reason = self._follows(lane)
        if outcome is None:
            return None
        seen = Observation(outcome, None, reason, None, None, isolated=False)
        return CellRow(*key, seen, None, self.delivery.run), ""

    def _follows(self, lane: PlannedLane) -> tuple[Outcome | None, str | None]:
        assert self.environment is not None
        if self.environment.status is not None:
            return self.environment.status, self.environment.reason
        for overlay in self.environment.overlays:
            if overlay.name in lane.overlays and overlay.status is not None:
                return overlay.status, f"{overlay.name}: {overlay.reason}"
        return None, None


def resolved(
    planned: PlannedEnvironment, sides: Sequence[ArtifactSide], store: RunStore
) -> tuple[EnvironmentResult | None, list[Marked]]:
    """The environment and the cells to be recorded of it. `sides` in an order that does not depend on arguments.

    Cells that follow from the environment are not among them. What lies behind cells is in `store`; for those in
    conflict it is put there.
    """
    best = min((side for side in sides if side.environment is not None), key=_rank, default=None)
    return None if best is None else best.environment, list(_cells(planned, sides, best, store))


def _rank(side: ArtifactSide) -> int:
    """The environment that could be used goes before one that could not, and that before one not looked at."""
    status = None if side.environment is None else side.environment.status
    return 0 if status is None else 2 if status.incomplete else 1


def _cells(
    planned: PlannedEnvironment, sides: Sequence[ArtifactSide], best: ArtifactSide | None, store: RunStore
) -> Iterator[Marked]:
    marks: dict[tuple[str, str], str] = {}
    for lane in planned.lanes:
        for scenario, helper in lane.cells if lane.status is None else ():
            key = CellKey(planned.id, lane.name, scenario, helper)
            said = [(side, *marked) for side in sides if (marked := side.says(lane, key)) is not None]
            chosen = _chosen(said, store)
            if chosen is None or (best is not None and chosen == best.says(lane, key) and key[1:] not in best.cells):
                continue
            # All cells of a block have one fingerprint.
            yield chosen[0], marks.setdefault((lane.name, scenario), chosen[1])


def _chosen(said: Sequence[tuple[ArtifactSide, CellRow, str]], store: RunStore) -> Marked | None:
    known = [each for each in said if not each[1].observation.outcome.incomplete] or list(said)
    if not known:
        return None
    _, first, mark = known[0]
    different = {(row.observation.outcome, row.observation.mechanism) for _, row, _ in known}
    if len(different) == 1 or first.observation.outcome.incomplete:
        return first, mark
    told = "; ".join(f"{_seen(row)} in {side.delivery.name} ({side.delivery.machine})" for side, row, _ in known)
    seen = Observation(Outcome.CONFLICT, None, told, None, None, isolated=False)
    evidence = store.record_evidence(_both(known, store))
    return CellRow(*first[:4], seen, None, store.id, evidence), mark


def _seen(row: CellRow) -> str:
    seen = row.observation
    return seen.outcome.value if seen.mechanism is None else f"{seen.outcome.value} {seen.mechanism}"


def _both(known: Sequence[tuple[ArtifactSide, CellRow, str]], store: RunStore) -> Evidence:
    """Everything that lies behind each of them, one after another, with where it comes from."""
    texts: dict[str, list[str]] = {"exception": [], "stacks": [], "stdout": [], "stderr": []}
    for side, row, _ in known:
        where = side.delivery
        title = f"--- {_seen(row)}: {where.name}, run {row.origin}, {where.machine}"
        found = [] if row.evidence is None else store.evidence([row.evidence])
        evidence = found[0][1] if found else Evidence()
        for name, parts in texts.items():
            text = getattr(evidence, name)
            if name == "exception":
                text = f"{row.observation.detail or ''}\n{text}".strip()
            if text or name == "exception":
                parts.append(f"{title}\n{text[:_LONGEST]}\n")
    joined = {name: "\n".join(parts) for name, parts in texts.items()}
    return Evidence(
        exception=joined["exception"], stacks=joined["stacks"], stdout=joined["stdout"], stderr=joined["stderr"]
    )
