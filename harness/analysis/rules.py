"""A table of outcomes as the fewest rules that reproduce it.

The rules are in an order: the first is about every cell, each later one about some, and where several speak of a cell
the last of them decides. So a rule is followed by its exceptions. Each rule is the one that puts most cells right
that the rules before it had wrong; this goes on until no cell is wrong, so that the rules *are* the table. Where
that takes very many rules the last of them are no longer looked for one by one, but are what is left, folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from harness.analysis.axis_values import AxisValues
from harness.analysis.boxes import Box, Flags, FoundBox, Numbers, TableShape, best_box, inside
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.model.known_cells import AXES, KnownCell
from harness.model.outcome import Outcome

_LABELS = 6
"""Outcomes for which a next rule is looked for, those with most wrong cells first."""


_LEARNT = 100
"""Rules that are looked for one by one."""


_Labelled: TypeAlias = "tuple[Box, int]"
"""A box and the number of what is said of it."""


class Conclusion(NamedTuple):
    """What a rule says of cells."""

    outcome: Outcome
    mechanism: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """Cells of one block are so, but for what later rules say."""

    block: CellBlock
    said: Conclusion
    support: int
    """Cells that this rule decides."""
    exceptions: int
    """Cells of its block that a later rule says otherwise of."""
    excepted_by: tuple[int, ...]
    """Those rules, by their place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All rules, the general ones first."""

    rules: tuple[OutcomeRule, ...]
    axes: AxisValues
    judged: int
    not_judged: Counter[Outcome]
    """Cells of which nothing is said, by outcome."""

    def says(self, cell: KnownCell) -> Conclusion | None:
        """Return what the rules say of a cell; None where no rule speaks of it."""
        for rule in reversed(self.rules):
            if all(value in values for value, values in zip(cell.at, rule.block.values, strict=True)):
                return rule.said
        return None


def explain(cells: Iterable[KnownCell]) -> Explanation:
    """Return the rules that reproduce outcome and mechanism of every judged cell."""
    everything = list(cells)
    judged = [cell for cell in everything if cell.outcome.judged]
    axes = AxisValues.of(cell.at for cell in judged)
    rules = _Learner(judged, axes).rules() if judged else ()
    silent = Counter(cell.outcome for cell in everything if not cell.outcome.judged)
    return Explanation(rules=rules, axes=axes, judged=len(judged), not_judged=silent)


class _Learner:
    """Learns the rules of a table."""

    def __init__(self, cells: list[KnownCell], axes: AxisValues) -> None:
        self._cells = cells
        self._grid = CellGrid((cell.at for cell in cells), axes.orders)
        self._values = [list(axes.orders[axis]) for axis in AXES]
        places = [{value: place for place, value in enumerate(values)} for values in self._values]
        columns = zip(*(cell.at for cell in cells), strict=True)
        self._codes: Numbers = np.array(
            [[places[axis][value] for value in column] for axis, column in enumerate(columns)], dtype=np.int64
        ).T
        counts = Counter(cell[1:3] for cell in cells)
        # What passes goes without saying: exceptions to it are what people look for.
        labels = sorted(counts, key=lambda said: (said[0] != Outcome.PASS, -counts[said], str(said)))
        self._labels = [Conclusion(*said) for said in labels]
        numbers = {said: number for number, said in enumerate(self._labels)}
        self._truth: Numbers = np.array([numbers[Conclusion(*cell[1:3])] for cell in cells], dtype=np.int64)
        numbered = sum(value[:1].isdigit() for value in axes.pythons)
        ordered = {"python": numbered, "scrapy": len(axes.releases)}
        self._shape = TableShape(
            sizes=tuple(map(len, self._values)), ordered=tuple(ordered.get(axis, 0) for axis in AXES)
        )

    def rules(self) -> tuple[OutcomeRule, ...]:
        """Return the rules, the general ones first."""
        said = np.zeros(len(self._truth), dtype=np.int64)
        boxes: list[_Labelled] = [(tuple(np.ones(size, dtype=np.bool_) for size in self._shape.sizes), 0)]
        while (wrong := said != self._truth).any() and len(boxes) < _LEARNT:
            box, label = self._next(wrong)
            said[inside(self._codes, box)] = label
            boxes.append((box, label))
        return self._told([*self._needed(boxes), *self._rest(wrong)])

    def _next(self, wrong: Flags) -> tuple[Box, int]:
        """Return the box and the label that put most cells right."""
        counts = np.bincount(self._truth[wrong], minlength=len(self._labels))
        best: tuple[int, FoundBox, int] | None = None
        for label in np.argsort(-counts, kind="stable")[:_LABELS].tolist():
            if best is not None and counts[label] <= best[0]:
                break
            is_so = self._truth == label
            found = best_box(self._codes, wrong & is_so, ~wrong & ~is_so, self._shape)
            if found is not None and (best is None or found.gain > best[0]):
                best = found.gain, found, label
        assert best is not None
        return best[1].box, best[2]

    def _rest(self, wrong: Flags) -> Iterator[_Labelled]:
        """Rules that are right about the cells that are still wrong, and about no other cell."""
        for label in np.unique(self._truth[wrong]).tolist():
            cells = [self._cells[place].at for place in np.flatnonzero(wrong & (self._truth == label))]
            for block in self._grid.fold(cells):
                box = tuple(
                    np.isin(np.array(values), np.array(chosen))
                    for values, chosen in zip(self._values, block.values, strict=True)
                )
                yield box, label

    def _needed(self, rules: list[_Labelled]) -> list[_Labelled]:
        """Return the rules without those whose cells earlier rules say the same of."""
        masked = [(inside(self._codes, box), (box, label)) for box, label in rules]
        everything = self._say(masked)
        place = 1
        while place < len(masked):
            without = masked[:place] + masked[place + 1 :]
            if (self._say(without) == everything).all():
                masked = without
            else:
                place += 1
        return [rule for _, rule in masked]

    def _say(self, masked: Iterable[tuple[Flags, _Labelled]]) -> Numbers:
        said = np.zeros(len(self._truth), dtype=np.int64)
        for mask, (_, label) in masked:
            said[mask] = label
        return said

    def _told(self, rules: list[_Labelled]) -> tuple[OutcomeRule, ...]:
        deciding = np.zeros(len(self._truth), dtype=np.int64)
        for place, (box, _) in enumerate(rules):
            deciding[inside(self._codes, box)] = place
        told = []
        for place, (box, label) in enumerate(rules):
            others = inside(self._codes, box) & (self._truth != label)
            told.append(
                OutcomeRule(
                    block=CellBlock(
                        tuple(
                            tuple(values[number] for number in np.flatnonzero(flags))
                            for values, flags in zip(self._values, box, strict=True)
                        )
                    ),
                    said=self._labels[label],
                    support=int((deciding == place).sum()),
                    exceptions=int(others.sum()),
                    excepted_by=tuple(np.unique(deciding[others]).tolist()),
                )
            )
        return tuple(told)
