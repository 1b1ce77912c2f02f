"""Cells that need a look: unclean closes, what ran on something else than was asked for, hangs and crashes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from harness.model.outcome import Close, Outcome
from harness.render.lane_cells import ViewCell
from harness.render.view import ReportView

_LIMIT = 2_000
_EXAMPLES = 3


@dataclass(slots=True)
class Group:
    """Cells with one problem."""

    key: tuple[Hashable, ...]
    first: ViewCell
    count: int = 0
    ids: list[str] = field(default_factory=list)
    scrapys: set[str] = field(default_factory=set)
    pythons: set[str] = field(default_factory=set)
    lanes: set[str] = field(default_factory=set)
    scenarios: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Problems:
    """All of them, most cells first."""

    closes: list[Group]
    """By (close, scenario)."""
    doubted: list[Group]
    """By (outcome, mechanism, lane, class of the reactor, class of the loop, who owed what is missing)."""
    ended: list[Group]
    """Hangs and crashes by (outcome, mechanism, scenario)."""
    uncounted: int
    """Cells in groups beyond what is told apart."""


def problems(view: ReportView) -> Problems:
    """Return the cells of a view that need a look, grouped by what is wrong."""
    closes, doubted, ended = _Groups(_close_key), _Groups(_doubt_key), _Groups(_end_key)
    for block in view.blocks:
        planned = block.environment
        for index, seen in enumerate(block.observations):
            chosen = []
            if seen.close is not None and seen.close != Close.CLEAN and not seen.outcome.cut_short:
                chosen.append(closes)
            if seen.outcome.doubted:
                chosen.append(doubted)
            if seen.outcome.cut_short:
                chosen.append(ended)
            for groups in chosen:
                groups.add(block.cell(index), view.labels[planned.scrapy], planned.python)
    uncounted = closes.uncounted + doubted.uncounted + ended.uncounted
    return Problems(closes.ordered(), doubted.ordered(), ended.ordered(), uncounted)


class _Groups:
    def __init__(self, key: Callable[[ViewCell], tuple[Hashable, ...]]) -> None:
        self._key = key
        self._groups: dict[tuple[Hashable, ...], Group] = {}
        self.uncounted = 0

    def add(self, cell: ViewCell, scrapy: str, python: str) -> None:
        key = self._key(cell)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= _LIMIT:
                self.uncounted += 1
                return
            group = self._groups[key] = Group(key, cell)
        group.count += 1
        if len(group.ids) < _EXAMPLES:
            group.ids.append(cell.key.id)
        group.scrapys.add(scrapy)
        group.pythons.add(python)
        group.lanes.add(cell.key.lane)
        group.scenarios.add(cell.key.scenario)
        group.helpers.add(cell.key.helper)

    def ordered(self) -> list[Group]:
        return sorted(self._groups.values(), key=lambda group: -group.count)


def _close_key(cell: ViewCell) -> tuple[Hashable, ...]:
    return (cell.observation.close, cell.key.scenario, cell.key.helper)


def _doubt_key(cell: ViewCell) -> tuple[Hashable, ...]:
    seen = cell.observation
    facts = seen.facts
    # Cells that were not delivered differ in nothing but the shard that owed them.
    owed = seen.detail if seen.outcome is Outcome.MISSING else None
    return (seen.outcome, seen.mechanism, cell.key.lane, facts and facts.reactor, facts and facts.loop, owed)


def _end_key(cell: ViewCell) -> tuple[Hashable, ...]:
    return (cell.observation.outcome, cell.observation.mechanism, cell.key.scenario, cell.key.helper)


def total(groups: Iterable[Group]) -> int:
    """Return the number of cells in some groups."""
    return sum(group.count for group in groups)
