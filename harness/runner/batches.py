"""From the lanes of an environment to batches of cells, in as few processes as can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from harness.plan.plan_records import PlannedLane
from harness.plan.scenario_info import Kind
from harness.runner.work import Batch, Cell, LaneSpec, renumbered


def batched(
    lanes: Sequence[PlannedLane],
    *,
    lane_specs: Mapping[str, LaneSpec],
    overlays: Mapping[str, Path],
    kind: Callable[[str], Kind],
    own: Collection[str] = (),
    wanted: Callable[[str, Cell], bool] = lambda _lane, _cell: True,
) -> tuple[Batch, ...]:
    """Return the cells of `lanes` that are `wanted`, in batches.

    `kind` is that of a scenario; `own` are the scenarios of a user's. What needs packages beside the lane's own is
    kept apart from what does not, and shares one process: a process for each package would cost more than all other
    cells of an environment. A program has a process of its own, and so has each file of a user's: nothing is known of
    what it does to others.
    """
    together: dict[tuple[str, str | None, bool], tuple[dict[str, None], list[Cell]]] = {}
    for lane in lanes:
        for cell in lane.cells:
            if wanted(lane.name, cell):
                apart = cell[0] if kind(cell[0]) == "program" or cell[0] in own else None
                names, cells = together.setdefault((lane.name, apart, bool(lane.requires)), ({}, []))
                names.update(dict.fromkeys(lane.overlays))
                cells.append(cell)
    return renumbered(
        [
            Batch(
                number=0,
                lane=lane_specs[name],
                path=tuple(overlays[overlay] for overlay in names),
                cells=tuple(cells),
                program=kind(cells[0][0]) == "program",
                own=apart in own,
                places=frozenset(cell[0] for cell in cells if kind(cell[0]) == "place"),
            )
            for (name, apart, _), (names, cells) in together.items()
        ]
    )
