"""What is to be run in one environment: batches of cells, one lane each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from harness.model.result import Facts
from harness.runner.deadlines import Deadlines, of_batch

Cell = tuple[str, str]
"""(scenario, helper)."""


Start = Literal["preloaded", "bare", "here"]
"""How the batches of a process begin. `preloaded`: the process imports what ships with the harness and forks a child
for each. `bare`: the same, and it imports nothing: each child starts from scratch. `here`: in the process itself, which
can run one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSpec:
    """How a lane is asked for, and what its process has to report for its cells to be believed."""

    name: str
    settings: Mapping[str, Any]
    """Scrapy settings, as a user would write them."""
    reactorless: bool
    reactor: tuple[str, ...] | None
    """Dotted class names, one of which has to be the reactor's; empty: none may be installed; None: any."""
    loop: tuple[str, ...] | None
    """Dotted class names, one of which has to be the loop's; empty: there may be none; None: any."""

    def mismatch(self, facts: Facts) -> tuple[str, str] | None:
        """Mechanism and detail if `facts` are not what this lane asks for, else None."""
        for what, wanted, found in (("reactor", self.reactor, facts.reactor), ("loop", self.loop, facts.loop)):
            if wanted is None or (found in wanted if wanted else found is None):
                continue
            asked = " or ".join(wanted) or f"no {what}"
            return f"{what}-not-as-asked", f"{self.name} asks for {asked}, the process ran on {found or f'no {what}'}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cells of one lane that share a process."""

    number: int
    lane: LaneSpec
    path: tuple[Path, ...]
    """Folders of overlays, put behind everything else on the path."""
    cells: tuple[Cell, ...]
    program: bool = False
    """Whether its cells are those of one scenario that is a program."""
    own: bool = False
    """Whether there are cells of a user's own scenarios among its cells."""
    places: frozenset[str] = frozenset()
    """The scenarios among its cells' that have a crawl of their own."""

    @property
    def name(self) -> str:
        """Return what people are told of it: its lane, and its scenario where it has one alone."""
        scenarios = {scenario for scenario, _ in self.cells}
        return "/".join((self.lane.name, *scenarios)) if len(scenarios) == 1 else self.lane.name

    def deadlines(self, progress: float) -> Deadlines:
        """Return its limits, where a cell may get nowhere for `progress` seconds."""
        return of_batch(progress, program=self.program)

    def as_request(self, progress: float, name_of: Callable[[Path], str]) -> dict[str, Any]:
        """Return the batch as the in-cell kit reads it; see `scenarios/kit/protocol.py`.

        `progress` is in seconds, see `Deadlines`; `name_of` gives the name that a file has for the process.
        """
        return {
            "batch": self.number,
            "settings": dict(self.lane.settings),
            "reactorless": self.lane.reactorless,
            "path": [name_of(folder) for folder in self.path],
            "program": self.program,
            "own": self.own,
            "places": sorted(self.places),
            "deadlines": self.deadlines(progress).as_request(),
            "cells": [list(cell) for cell in self.cells],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRequest:
    """What one process of the in-cell kit is asked to do."""

    batches: tuple[Batch, ...]
    deadline: float
    """Seconds without progress after which unfinished cells count as hung."""
    start: Start
    at_once: int = 1
    """Children that a parent has at the same time."""


def each_alone(batches: Sequence[Batch]) -> tuple[Batch, ...]:
    """The cells of `batches`, each in a batch of its own, numbered from 0."""
    alone = [replace(batch, cells=(cell,)) for batch in batches for cell in batch.cells]
    return renumbered(alone)


def by_scenario(batches: Sequence[Batch]) -> tuple[Batch, ...]:
    """The cells of `batches`, those of one lane and scenario in a batch, numbered from 0."""
    parts = [
        replace(batch, cells=tuple(cell for cell in batch.cells if cell[0] == scenario))
        for batch in batches
        for scenario in dict.fromkeys(scenario for scenario, _ in batch.cells)
    ]
    return renumbered(parts)


def renumbered(batches: Sequence[Batch]) -> tuple[Batch, ...]:
    """`batches` with numbers from 0, empty ones left out."""
    return tuple(replace(batch, number=number) for number, batch in enumerate(b for b in batches if b.cells))


def dealt(batches: Sequence[Batch], parts: int) -> tuple[tuple[Batch, ...], ...]:
    """`batches` dealt out to at most `parts` processes, each numbered from 0; no part is empty."""
    return tuple(renumbered(batches[start::parts]) for start in range(min(parts, len(batches))))


LaneSpecs = Mapping[str, Mapping[str, LaneSpec]]
"""By platform and name of the lane."""
