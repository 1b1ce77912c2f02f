"""A table of outcomes as the fewest rules that reproduce it.

The rules are in an order: the first is about every cell, each later one about some, and where several speak of a cell
the last of them decides. So a rule is followed by its exceptions. Each rule is the one that puts most cells right
that the rules before it had wrong; this goes on until no cell is wrong, so that the rules *are* the table. Where
that takes very many rules the last of them are no longer looked for one by one, but are what is left, folded.

A table has holes, and many boxes fit it. So in the end every rule is bounded by causes, as minimal pairs show them:
conditions on axes that pairs rule out, and on axes without pairs, go where the table allows it. And what is stopped
earlier (a release has no such lane) is told after what comes further, and so bounds none of the rules about that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.analysis.axis_values import AxisValues
from harness.analysis.boxes import Box, Flags, FoundBox, Numbers, TableShape, best_box, inside
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.minimal_pairs import CAUSES, NO_LOOP, Point, point_orders, reached
from harness.analysis.rule_conditions import LabelledBox, RuleCondition, RuleEvidence
from harness.model.ids import LaneName
from harness.model.known_cells import AXES, KnownCell
from harness.model.outcome import Outcome

_LABELS = 6
"""Outcomes for which a next rule is looked for, those with most wrong cells first."""


_LEARNT = 100
"""Rules that are looked for one by one."""


class Conclusion(NamedTuple):
    """What a rule says of cells."""

    outcome: Outcome
    mechanism: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """Cells of one block are so, but for what later rules say."""

    block: CellBlock
    conditions: tuple[RuleCondition, ...]
    """What bounds the block; on all other axes it has every value."""
    said: Conclusion
    cells: int
    """All cells of its block."""
    support: int
    """Cells that this rule decides; later rules decide the others."""
    example: str | None
    """One that it decides, of the latest release; None where it decides none."""
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
        self._axes = axes
        orders = point_orders(cell.at for cell in cells)
        self._values = [list(orders[axis]) for axis in CAUSES]
        places = [{value: place for place, value in enumerate(values)} for values in self._values]
        columns = zip(*(Point.of(cell.at) for cell in cells), strict=True)
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
            sizes=tuple(map(len, self._values)), ordered=tuple(ordered.get(axis, 0) for axis in CAUSES)
        )

    def rules(self) -> tuple[OutcomeRule, ...]:
        """Return the rules, the general ones first."""
        said = np.zeros(len(self._truth), dtype=np.int64)
        rules = [LabelledBox(tuple(np.ones(size, dtype=np.bool_) for size in self._shape.sizes), 0)]
        depths = np.array([reached(label) for label in self._labels], dtype=np.int64)[self._truth]
        for depth in np.unique(depths)[::-1]:
            # What is stopped earlier is told later: so it bounds no rule about what comes further.
            told, most = depths >= depth, len(rules) + _LEARNT
            while (wrong := (said != self._truth) & told).any() and len(rules) < most:
                rules.append(self._next(wrong, told))
                said[inside(self._codes, rules[-1].box)] = rules[-1].label
            for rule in self._rest(wrong):
                rules.append(rule)
                said[inside(self._codes, rule.box)] = rule.label
        evidence = RuleEvidence(self._codes, self._truth, self._labels, self._shape)
        return self._told(evidence.settled(rules), evidence)

    def _next(self, wrong: Flags, told: Flags) -> LabelledBox:
        """Return the box and the label that put most cells right of those that are to be told so far."""
        counts = np.bincount(self._truth[wrong], minlength=len(self._labels))
        best: tuple[int, FoundBox, int] | None = None
        for label in np.argsort(-counts, kind="stable")[:_LABELS].tolist():
            if best is not None and counts[label] <= best[0]:
                break
            is_so = self._truth == label
            found = best_box(self._codes, wrong & is_so, told & ~wrong & ~is_so, self._shape)
            if found is not None and (best is None or found.gain > best[0]):
                best = found.gain, found, label
        assert best is not None
        return LabelledBox(best[1].box, best[2])

    def _rest(self, wrong: Flags) -> Iterator[LabelledBox]:
        """Rules that are right about the cells that are still wrong, and about no other cell."""
        if not wrong.any():
            return
        grid = CellGrid((cell.at for cell in self._cells), self._axes.orders)
        for label in np.unique(self._truth[wrong]).tolist():
            cells = [self._cells[place].at for place in np.flatnonzero(wrong & (self._truth == label))]
            for block in grid.fold(cells):
                for box in self._boxes(block):
                    yield LabelledBox(box, label)

    def _boxes(self, block: CellBlock) -> Iterator[Box]:
        """Yield the boxes that a block consists of: lanes are reactors with loops."""
        loops: dict[str, set[str]] = {}
        for lane in map(LaneName.parse, block.of("lane")):
            loops.setdefault(lane.reactor, set()).add(lane.loop or NO_LOOP)
        for chosen in {frozenset(each): None for each in loops.values()}:
            reactors = {reactor for reactor in loops if loops[reactor] == chosen}
            wanted: dict[str, Collection[str]] = {"reactor": reactors, "loop": chosen}
            wanted.update(zip(AXES, block.values, strict=True))
            yield tuple(
                np.isin(np.array(values), np.array(sorted(wanted[axis])))
                for axis, values in zip(CAUSES, self._values, strict=True)
            )

    def _told(self, rules: list[LabelledBox], evidence: RuleEvidence) -> tuple[OutcomeRule, ...]:
        deciding = evidence.deciding(rules)
        told = []
        for place, rule in enumerate(rules):
            there = inside(self._codes, rule.box)
            others = there & (self._truth != rule.label)
            told.append(
                OutcomeRule(
                    block=self._block(rule.box),
                    conditions=evidence.conditions(rule, deciding == place),
                    said=self._labels[rule.label],
                    cells=int(there.sum()),
                    support=int((deciding == place).sum()),
                    example=self._example(np.flatnonzero(deciding == place)),
                    exceptions=int(others.sum()),
                    excepted_by=tuple(np.unique(deciding[others]).tolist()),
                )
            )
        return tuple(told)

    def _example(self, decided: Numbers) -> str | None:
        if not len(decided):
            return None
        latest = int(decided[np.argmax(self._codes[decided, CAUSES.index("scrapy")])])
        return self._cells[latest].at.key.id

    def _block(self, box: Box) -> CellBlock:
        chosen = {
            axis: {values[number] for number in np.flatnonzero(flags)}
            for axis, values, flags in zip(CAUSES, self._values, box, strict=True)
        }

        def within(axis: str, value: str) -> bool:
            if axis != "lane":
                return value in chosen[axis]
            reactor, loop = LaneName.parse(value)
            return reactor in chosen["reactor"] and (loop or NO_LOOP) in chosen["loop"]

        orders = self._axes.orders
        return CellBlock(tuple(tuple(value for value in orders[axis] if within(axis, value)) for axis in AXES))
