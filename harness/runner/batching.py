"""From the lanes of an environment to batches of cells, in as few processes as can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.plan.asked import Kind
from harness.plan.model import PlannedLane
from harness.runner.orders import Batch, Cell, LaneRecipe, renumbered


def batched(
    lanes: Sequence[PlannedLane],
    *,
    recipes: Mapping[str, LaneRecipe],
    overlays: Mapping[str, Path],
    kind: Callable[[str], Kind],
    wanted: Callable[[str, Cell], bool] = lambda _lane, _cell: True,
) -> tuple[Batch, ...]:
    """The cells of `lanes` that are `wanted`, in batches; `kind` is that of a scenario.

    What needs packages beside the lane's own is kept apart from what does not, and shares one process: a
    process for each package would cost more than all other cells of an environment.
    """
    together: dict[tuple[str, str | None, bool], tuple[dict[str, None], list[Cell]]] = {}
    for lane in lanes:
        for cell in lane.cells:
            if wanted(lane.name, cell):
                program = cell[0] if kind(cell[0]) == "program" else None
                names, cells = together.setdefault((lane.name, program, bool(lane.requires)), ({}, []))
                names.update(dict.fromkeys(lane.overlays))
                cells.append(cell)
    return renumbered(
        [
            Batch(
                number=0,
                lane=recipes[name],
                path=tuple(overlays[overlay] for overlay in names),
                cells=tuple(cells),
                program=program is not None,
                places=frozenset(cell[0] for cell in cells if kind(cell[0]) == "place"),
            )
            for (name, program, _), (names, cells) in together.items()
        ]
    )
