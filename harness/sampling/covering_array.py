"""An order of the cells of a plan in which every pair, then every triple, of axis values is met as soon as can be.

What counts as a pair is what occurs in some cell that can be run. There are libraries that make covering arrays; they
make rows from the values of axes, and ask a predicate whether a row may be. Here a million rows are given, and hardly
a rule describes them. Of the plan `default`, 52,253 rows, covertable 3.2 had no array after 500 seconds, whether it
was told which rows there are or which pairs as well; allpairspy 2.5 ran into dead ends and met 834 of 4,471 pairs.
Besides, what a row costs depends on those chosen before it, and some are to come first. So this goes greedily through
the rows themselves, by place: a place (a lane of an environment) costs seconds, a cell in it milliseconds, so that a
place which is taken asks everything that is new.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.sampling.axis_pairs import AXES, PLACE_AXES
from harness.sampling.universe import RELEASES, Numbers, Universe

Flags = npt.NDArray[np.bool_]
_SCENARIO, _HELPER = PLACE_AXES, PLACE_AXES + 1
_KINDS: tuple[tuple[int, ...], ...] = ((), (_SCENARIO,), (_HELPER,), (_SCENARIO, _HELPER))
_USED = 1 << 16
"""More than the times that one question is chosen: it decides only between questions that are otherwise alike."""
_PAIRED = 1 << 10
"""More than the places that differ from a place in one thing."""


class TakenCells(NamedTuple):
    """Cells of one place, chosen together."""

    place: int
    questions: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What things cost, in seconds of work; only their proportions matter here."""

    environment: float
    place: float
    cell: float


class _TupleTable:
    """Which combinations of a number of axes are still to be met, those with the same part of the question together.

    A row is a combination of values of place axes, a column one of the question.
    """

    def __init__(self, universe: Universe, strength: int, kind: tuple[int, ...]) -> None:
        self.axes = [(*places, *kind) for places in combinations(range(PLACE_AXES), strength - len(kind))]
        sizes = [len(values) for values in universe.values]
        rows, start = [], 0
        for axes in self.axes:
            row = np.zeros(len(universe.places), dtype=np.int64)
            for axis in axes[: strength - len(kind)]:
                row = row * sizes[axis] + universe.where[:, axis]
            rows.append(row + start)
            start += int(np.prod([sizes[axis] for axis in axes[: strength - len(kind)]], dtype=np.int64))
        self.rows = np.array(rows, dtype=np.int64).reshape(len(rows), -1).T
        """Places x combinations of axes: numbers of rows."""
        match kind:
            case ():
                self.column, columns = np.zeros(len(universe.questions), dtype=np.int64), 1
            case (axis,):
                self.column, columns = universe.what[:, axis - PLACE_AXES], sizes[axis]
            case _:
                self.column, columns = np.arange(len(universe.questions)), len(universe.questions)
        self.left: Flags = np.zeros((start, columns), dtype=np.bool_)
        for place, asked in enumerate(universe.asked):
            self.left[self.rows[place][:, None], self.column[asked]] = True

    def met(self, taken: TakenCells) -> None:
        """Some cells have been chosen."""
        self.left[self.rows[taken.place][:, None], self.column[taken.questions]] = False

    def weights(self, place: int) -> Numbers:
        """How many combinations each column would meet in a place."""
        found: Numbers = self.left[self.rows[place]].sum(axis=0)
        return found

    def only(self, rows: Flags) -> _TupleTable:
        """The same with nothing left but in some rows."""
        made = object.__new__(_TupleTable)
        made.axes, made.rows, made.column = self.axes, self.rows, self.column
        made.left = self.left & rows[:, None]
        return made

    def rows_with(self, universe: Universe, releases: Mapping[str, frozenset[str]]) -> Flags:
        """The rows in which one of some releases takes part."""
        found: Flags = np.zeros(len(self.left), dtype=np.bool_)
        for axis, wanted in releases.items():
            index = AXES.index(axis)
            inside = np.array([value in wanted for value in universe.values[index]], dtype=np.bool_)
            for number, axes in enumerate(self.axes):
                if index in axes:
                    found[self.rows[inside[universe.where[:, index]], number]] = True
        return found


class CoveringArray:
    """Chooses among the cells of a universe, and remembers what was chosen. Deterministic: there is no chance in it."""

    def __init__(self, universe: Universe, prices: Prices, doubtful: Flags | None = None) -> None:
        """`doubtful`: places in which a cell is likely not to run; they come where nothing else is left."""
        self._universe = universe
        self._prices = prices
        self._doubtful = np.zeros(len(universe.places), dtype=np.bool_) if doubtful is None else doubtful
        self._chosen: list[TakenCells] = []
        self._cells: list[set[int]] = [set() for _ in universe.places]
        self._made: set[int] = set()
        self._used = np.zeros(len(universe.questions), dtype=np.int64)
        self._paired = np.zeros((len(universe.places), len(universe.questions)), dtype=np.int64)
        """How many places that differ from one in one thing ask a question: a cell more there is a minimal pair."""
        self._in_environment: dict[int, list[int]] = {}
        for place, environment in enumerate(universe.environments.tolist()):
            self._in_environment.setdefault(environment, []).append(place)

    def take(self, place: int, questions: Numbers) -> Iterator[TakenCells]:
        """Choose certain cells; those chosen before are left out."""
        new = [each for each in questions.tolist() if each not in self._cells[place]]
        if new:
            taken = TakenCells(place, np.array(new, dtype=np.int64))
            self._chosen.append(taken)
            self._cells[place].update(new)
            self._made.add(int(self._universe.environments[place]))
            self._used[taken.questions] += 1
            differing = (self._universe.where != self._universe.where[place]).sum(axis=1)
            self._paired[np.ix_(differing == 1, taken.questions)] += 1
            yield taken

    def meet(
        self, strength: int, releases: tuple[Mapping[str, frozenset[str]], ...] = ()
    ) -> Iterator[tuple[int, TakenCells]]:
        """Choose cells until every combination of that many axis values is met that can be.

        First those in which the releases of the first mapping take part, then those of the next, at last all: the
        number of the step comes with what is chosen. Doubtful places are in the last step. Before all this each of
        the releases is met once, so that a choice that ends early has something of each.
        """
        if strength > 1 and releases:
            singles = self._tables(1)
            for step, first in enumerate(releases):
                for taken in self._step(self._with(singles, first), singles, doubtful=False):
                    yield step, taken
        tables = self._tables(strength)
        for step, first in enumerate(releases):
            for taken in self._step(self._with(tables, first), tables, doubtful=False):
                yield step, taken
        for doubtful in (False, True):
            for taken in self._step(tables, tables, doubtful=doubtful):
                yield len(releases), taken

    def _tables(self, strength: int) -> list[_TupleTable]:
        """What is still to be met."""
        tables = _tables_of(self._universe, strength)
        for taken in self._chosen:
            for table in tables:
                table.met(taken)
        return tables

    def _with(self, tables: list[_TupleTable], releases: Mapping[str, frozenset[str]]) -> list[_TupleTable]:
        return [table.only(table.rows_with(self._universe, releases)) for table in tables]

    def rest(self) -> Iterator[TakenCells]:
        """Choose everything else: where something runs anyway first."""

        def order(place: int) -> tuple[bool, bool, bool, int]:
            environment = int(self._universe.environments[place])
            return bool(self._doubtful[place]), environment not in self._made, not self._cells[place], place

        for place in sorted(range(len(self._universe.places)), key=order):
            yield from self.take(place, self._universe.asked[place])

    def _step(self, focus: list[_TupleTable], tables: list[_TupleTable], *, doubtful: bool) -> Iterator[TakenCells]:
        """Choose cells until nothing is left in the tables `focus`; what is new in the others is taken on the way."""
        *others, pairs = focus
        # What question and helper there are is asked on the way, since each scenario has to be asked often; only
        # what is left of them then is a reason to go anywhere.
        for reasons in (others, [pairs]):
            yield from self._greedy(reasons, tables, doubtful=doubtful)

    def _greedy(self, reasons: list[_TupleTable], tables: list[_TupleTable], *, doubtful: bool) -> Iterator[TakenCells]:
        """Take the place with the most that is new for its price, again and again."""
        allowed = [place for place in range(len(self._universe.places)) if doubtful or not self._doubtful[place]]
        heap = [(-worth, place) for place in allowed if (worth := self._worth(reasons, place)) > 0]
        heapq.heapify(heap)
        while heap:
            _, place = heapq.heappop(heap)
            # What a place is worth only falls, but where its environment is made meanwhile.
            worth = self._worth(reasons, place)
            if worth <= 0:
                continue
            if heap and worth < -heap[0][0]:
                heapq.heappush(heap, (-worth, place))
                continue
            environment = int(self._universe.environments[place])
            is_new = environment not in self._made
            for taken in self.take(place, self._new(reasons, tables, place)):
                for table in {id(table): table for table in (*reasons, *tables)}.values():
                    table.met(taken)
                yield taken
            if is_new:
                for other in self._in_environment[environment]:
                    if (worth := self._worth(reasons, other)) > 0 and (doubtful or not self._doubtful[other]):
                        heapq.heappush(heap, (-worth, other))

    def _worth(self, reasons: list[_TupleTable], place: int) -> float:
        """How much is new in a place, for what it costs."""
        asked, prices = self._universe.asked[place], self._prices
        new, cells = 0, 1
        for table in reasons:
            columns = np.zeros(table.left.shape[1], dtype=np.bool_)
            columns[table.column[asked]] = True
            weights = table.weights(place)[columns]
            new += int(weights.sum())
            cells = max(cells, int(np.count_nonzero(weights)))
        price = prices.cell * cells
        if int(self._universe.environments[place]) not in self._made:
            price += prices.environment
        return new / (price if self._cells[place] else price + prices.place)

    def _new(self, reasons: list[_TupleTable], tables: list[_TupleTable], place: int) -> Numbers:
        """Few questions of a place that meet all that is new there."""
        asked = self._universe.asked[place]
        wanted = [(table.column[asked], table.weights(place)) for table in reasons]
        beside = [(t.column[asked], t.weights(place)) for t in tables if not any(t is each for each in reasons)]
        chosen: list[int] = []
        while True:
            gain = sum((weights[columns] for columns, weights in wanted), np.zeros(len(asked), dtype=np.int64))
            if not gain.any():
                return np.array(chosen, dtype=np.int64)
            bonus = sum((weights[columns] for columns, weights in beside), np.zeros(len(asked), dtype=np.int64))
            # Of those that meet as much the one with most minimal pairs, then the one that is asked least so far.
            alike = np.minimum(self._paired[place, asked], _PAIRED - 1) * _USED - self._used[asked]
            best = int(np.argmax(np.where(gain > 0, (gain + bonus) * _PAIRED * _USED + alike, -_USED)))
            chosen.append(int(asked[best]))
            for columns, weights in (*wanted, *beside):
                weights[columns[best]] = 0


def count_met(universe: Universe, strength: int) -> int:
    """How many combinations of that many axis values the cells of a universe have."""
    return sum(int(np.count_nonzero(table.left)) for table in _tables_of(universe, strength))


def _tables_of(universe: Universe, strength: int) -> list[_TupleTable]:
    """Every combination of that many axis values that the cells of a universe have."""
    return [_TupleTable(universe, strength, kind) for kind in _KINDS if len(kind) <= strength]


def boundaries(universe: Universe, changed: Mapping[str, frozenset[str]]) -> tuple[dict[str, frozenset[str]], ...]:
    """What comes first among pairs: those with an oldest or newest release; then those where something changed."""
    ends = universe.ends()
    return ends, {axis: ends[axis] | universe.sides(axis, changed.get(axis, frozenset())) for axis in RELEASES}
