"""What fails with all helpers or nearly all, and so says nothing of one of them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.analysis.axis_values import kind_of
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome
from harness.render.helper_support import is_tried
from harness.render.view import ReportView


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFailures:
    """Core cells that tell no helper from another."""

    pairs: dict[tuple[str, str], list[KnownCell]]
    """(kind of reactor, scenario) that no helper passes, with the cells."""
    stuck: list[KnownCell]
    """Cells that hung or crashed where at least half of the helpers did."""
    places: set[tuple[str, ...]]
    """Where that was: everything of these cells but the helper."""

    def holds(self, cell: KnownCell) -> bool:
        """Return whether a cell is one of them."""
        pair = (kind_of(cell.at.lane), cell.at.scenario)
        return pair in self.pairs or (cell.outcome.cut_short and _place(cell) in self.places)


def shared_failures(view: ReportView) -> SharedFailures:
    """Return the core cells that tell no helper from another."""
    tried = [cell for cell in view.core.seen if is_tried(cell)]
    by_pair: dict[tuple[str, str], list[KnownCell]] = {}
    by_place: dict[tuple[str, ...], list[KnownCell]] = {}
    for cell in tried:
        by_pair.setdefault((kind_of(cell.at.lane), cell.at.scenario), []).append(cell)
        by_place.setdefault(_place(cell), []).append(cell)
    passing = {kind_of(cell.at.lane) for cell in tried if cell.outcome == Outcome.PASS}
    pairs = {
        pair: cells
        for pair, cells in by_pair.items()
        # Where nothing passes at all, that is what is to be said of each helper.
        if pair[0] in passing
        and len({cell.at.helper for cell in cells}) > 1
        and all(cell.outcome != Outcome.PASS for cell in cells)
    }
    places = {
        place
        for place, cells in by_place.items()
        if len(cells) > 1 and sum(cell.outcome.cut_short for cell in cells) * 2 >= len(cells)
    }
    stuck = [cell for place, cells in by_place.items() if place in places for cell in cells if cell.outcome.cut_short]
    return SharedFailures(pairs=pairs, stuck=stuck, places=places)


def telling_cells(view: ReportView, shared: SharedFailures) -> dict[str, list[KnownCell]]:
    """Return the core cells that tell helpers apart, by helper."""
    by_helper: dict[str, list[KnownCell]] = {helper: [] for helper in view.core.helpers}
    for cell in view.core.seen:
        if not shared.holds(cell):
            by_helper[cell.at.helper].append(cell)
    return by_helper


def _place(cell: KnownCell) -> tuple[str, ...]:
    return (cell.at.platform, cell.at.scrapy, cell.at.python, cell.at.profile, cell.at.lane, cell.at.scenario)
