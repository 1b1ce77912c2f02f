"""Gives rules conditions on causes only: what minimal pairs across the border of a rule say of each axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.analysis.boxes import Box, Flags, Numbers, TableShape, inside
from harness.analysis.minimal_pairs import CAUSES, AxisEffect, PairCounts, Result, hides
from harness.model.outcome import Outcome

_FIRST_DROPPED = ("platform", "profile", "python", "loop", "reactor", "scenario", "helper", "scrapy")
"""Which conditions go first, of those of which the cells tell nothing and that need not all stay."""
_ALIKE = (CAUSES.index("scenario"), CAUSES.index("helper"))
"""Other cells with a rule's result say something of the rule where these are the rule's, too."""


class LabelledBox(NamedTuple):
    """A box, the number of what is said of it, and axes of which any one could stand for all of its group."""

    box: Box
    label: int
    groups: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCondition:
    """What bounds a rule."""

    axes: tuple[str, ...]
    """One of `CAUSES`; several where the cells do not tell them apart: a condition on any of them would do."""
    effect: AxisEffect
    """What the pairs say; `ruled-out`: it changes nothing alone, and yet no box without it has just these cells."""
    pairs: int
    """Minimal pairs with different results across this border."""
    elsewhere: bool
    """The rule's own cells have none: these are others with its scenarios, helpers and result."""


class RuleEvidence:
    """The minimal pairs of a table."""

    def __init__(self, codes: Numbers, truth: Numbers, labels: Sequence[Result], shape: TableShape) -> None:
        """`codes`: a row a cell, the number of its value on each of `CAUSES`; `truth`: the number of its label."""
        self._codes, self._truth, self._shape = codes, truth, shape
        self._columns = [np.ascontiguousarray(codes[:, axis]) for axis in range(len(CAUSES))]
        known = np.array([outcome != Outcome.FLAKY for outcome, _ in labels], dtype=np.bool_)
        self._known: Flags = known[truth]
        self._hidden = np.array([[hides(mine, other) for other in labels] for mine in labels], dtype=np.bool_)
        strides = np.cumprod([1, *shape.sizes[:-1]], dtype=np.int64)
        keys = codes @ strides
        self._lines = [
            np.unique(keys - codes[:, axis] * strides[axis], return_inverse=True)[1] for axis in range(len(CAUSES))
        ]

    def settled(self, rules: Iterable[LabelledBox]) -> list[LabelledBox]:
        """Return rules that say the same of every cell, those that decide none left out, bounded by causes.

        The rules together have to be right about every cell.
        """
        told = self._without_needless(self._all_bounded(list(rules), grow=True))
        told = self._all_bounded(told, grow=False)
        deciding = self.deciding(told)
        return [rule for place, rule in enumerate(told) if not place or (deciding == place).any()]

    def deciding(self, rules: Sequence[LabelledBox]) -> Numbers:
        """Return for each cell the place of the last rule that speaks of it."""
        found = np.zeros(len(self._truth), dtype=np.int64)
        for place, rule in enumerate(rules):
            found[inside(self._codes, rule.box)] = place
        return found

    def conditions(self, rule: LabelledBox, decided: Flags) -> tuple[RuleCondition, ...]:
        """Return what bounds a rule that decides some cells."""
        grouped = {axis for group in rule.groups for axis in group}
        bounding = [axis for axis, flags in enumerate(rule.box) if not flags.all() and axis not in grouped]
        found = []
        for axes in sorted([*rule.groups, *((axis,) for axis in bounding)]):
            counts, elsewhere = self._counts(axes[0], rule.box, rule.label, decided)
            effect = AxisEffect.NOT_TOLD_APART if len(axes) > 1 else counts.effect
            found.append(
                RuleCondition(
                    axes=tuple(CAUSES[axis] for axis in axes), effect=effect, pairs=counts.differ, elsewhere=elsewhere
                )
            )
        return tuple(found)

    def _all_bounded(self, rules: list[LabelledBox], *, grow: bool) -> list[LabelledBox]:
        deciding = self.deciding(rules)
        told = rules[:1]
        for place, rule in enumerate(rules[1:], 1):
            told.append(self._bounded(rule, place, deciding, grow=grow))
            deciding[inside(self._codes, told[-1].box) & (deciding < place)] = place
        return told

    def _bounded(self, rule: LabelledBox, place: int, deciding: Numbers, *, grow: bool) -> LabelledBox:
        """Return a rule without the conditions that it does not need, so that all of them say the same as before."""
        decided = deciding == place
        if not decided.any():
            return rule
        tight = self._tight(rule.box, decided)
        bounding = [axis for axis, flags in enumerate(tight) if not flags.all()]
        effects = {axis: self._counts(axis, tight, rule.label, decided)[0].effect for axis in bounding}
        # What would be said wrong if the rule reached so far: what it has to leave out.
        wrong = np.flatnonzero((deciding < place) & (self._truth != rule.label))
        outside = np.array([~flags[column[wrong]] for flags, column in zip(tight, self._columns, strict=True)])

        def enough(axes: Iterable[int]) -> bool:
            return bool(outside[list(axes)].any(axis=0).all())

        kept = list(bounding)
        for axis in sorted(bounding, key=lambda axis: _drop_order(axis, effects[axis])):
            needless = effects[axis] is not AxisEffect.CAUSE or rule.box[axis].all()
            if needless and enough(rest := [other for other in kept if other != axis]):
                kept = rest
        groups = []
        untried = [axis for axis in bounding if effects[axis] is AxisEffect.NOT_TRIED]
        for axis in [axis for axis in kept if axis in untried]:
            rest = [other for other in kept if other != axis]
            also = [other for other in untried if other not in kept and enough([*rest, other])]
            if also:
                groups.append(tuple(sorted([axis, *also])))
        bounds = {*kept, *(axis for group in groups for axis in group)}
        box = tuple(flags if axis in bounds else np.ones_like(flags) for axis, flags in enumerate(tight))
        if grow and not groups:
            box = self._grown(box, rule.label, deciding < place, deciding > place)
        return LabelledBox(box, rule.label, tuple(groups))

    def _tight(self, box: Box, cells: Flags) -> Box:
        """Return a box bounded on every axis: where it is not, by the values that some cells of it have."""
        told = []
        for axis, flags in enumerate(box):
            met = flags
            if flags.all():
                met = np.bincount(self._columns[axis][cells], minlength=len(flags)) > 0
                ordered = np.flatnonzero(met[: self._shape.ordered[axis]])
                if len(ordered):
                    met[ordered[0] : ordered[-1] + 1] = True
            told.append(met)
        return tuple(told)

    def _grown(self, box: Box, label: int, earlier: Flags, later: Flags) -> Box:
        """Return a box with all values that bring in cells that later rules say the same of, and none said wrong."""
        grown = list(box)
        for axis, flags in enumerate(box):
            if not flags.all():
                others = inside(self._codes, (*grown[:axis], np.ones_like(flags), *grown[axis + 1 :]))
                column, size = self._columns[axis], len(flags)
                right = np.bincount(column[others & later & (self._truth == label)], minlength=size) > 0
                wrong = np.bincount(column[others & earlier & (self._truth != label)], minlength=size) > 0
                grown[axis] = _reach(flags, right & ~wrong, wrong, self._shape.ordered[axis])
        return tuple(grown)

    def _without_needless(self, rules: list[LabelledBox]) -> list[LabelledBox]:
        """Return the rules without those whose cells earlier rules say the same of."""
        masks = [inside(self._codes, rule.box) for rule in rules]
        deciding = self.deciding(rules)
        kept = dict.fromkeys(range(len(rules)))
        for place in range(1, len(rules)):
            left = np.flatnonzero(deciding == place)
            then = np.zeros(len(left), dtype=np.int64)
            for other in kept:
                if other >= place:
                    break
                then[masks[other][left]] = other
            said = np.array([rule.label for rule in rules], dtype=np.int64)[then]
            if (said == rules[place].label).all():
                deciding[left] = then
                del kept[place]
        return [rules[place] for place in kept]

    def _counts(self, axis: int, box: Box, label: int, decided: Flags) -> tuple[PairCounts, bool]:
        """Count the pairs of a rule's cells with those behind its border on an axis, or of cells like them."""
        own = self._pairs(axis, box[axis], label, decided)
        if own.effect is not AxisEffect.NOT_TRIED:
            return own, False
        like = self._truth == label
        for each in {*_ALIKE, axis}:
            like = like & box[each][self._columns[each]]
        return self._pairs(axis, box[axis], label, like), True

    def _pairs(self, axis: int, flags: Flags, label: int, cells: Flags) -> PairCounts:
        lines = self._lines[axis]
        size = int(np.max(lines)) + 1
        inner = np.bincount(lines[cells & self._known], minlength=size)
        outer = np.flatnonzero(~flags[self._columns[axis]] & self._known)
        weight = inner[lines[outer]]
        truth = self._truth[outer]
        same = int(weight[truth == label].sum())
        return PairCounts(differ=int(weight[(truth != label) & ~self._hidden[label][truth]].sum()), same=same)


def _drop_order(axis: int, effect: AxisEffect) -> tuple[int, int]:
    """Return a key: what is ruled out goes first, then what is unknown, then causes that a rule need not name."""
    certain = [AxisEffect.RULED_OUT, AxisEffect.NOT_TRIED, AxisEffect.CAUSE].index(effect)
    return certain, _FIRST_DROPPED.index(CAUSES[axis])


def _reach(flags: Flags, good: Flags, bad: Flags, ordered: int) -> Flags:
    """Return chosen values and the good ones beside them: of ordered ones up to the first bad one."""
    grown = flags | good
    if ordered and flags[:ordered].any():
        grown[:ordered] = flags[:ordered]
        inner = np.flatnonzero(flags[:ordered])
        for steps in (range(inner[-1] + 1, ordered), range(inner[0] - 1, -1, -1)):
            passed: list[int] = []
            for place in steps:
                if bad[place]:
                    break
                passed.append(place)
                if good[place]:
                    grown[passed] = True
    return grown
