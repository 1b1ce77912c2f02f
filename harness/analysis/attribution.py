"""To what the change of a cell between two runs is attributed.

Where only one thing changed, that did it. Where several did, a minimal pair may show which: two cells, of either run,
that have only that thing differently, and differ as the cell does. Else one of them did it, or several together. What a
run does not record is no evidence of anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from harness.analysis.change_factors import Factor, FactorFinder, FactorKind, FactorSet, RunSide, Where, in_order
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome
from harness.store.schema import ADAPTED


class CellState(NamedTuple):
    """What is compared of a cell; facts stand in it only where they are all that differs."""

    outcome: Outcome
    mechanism: str | None
    reactor: str | None = None
    loop: str | None = None


class AttributionKind(Enum):
    """How much is known of what did it."""

    SHOWN = "shown"
    """A minimal pair shows it."""
    ONLY = "only"
    """Nothing else changed."""
    SEVERAL = "several"
    """One of these did it, or several together."""
    NOTHING = "nothing"
    """Nothing that is recorded changed: it is chance, or something that no run records."""
    NOT_MEASURED = "not-measured"
    """One of the runs asked for it and does not know it."""
    NOT_RECORDED = "not-recorded"
    """More may have changed than the runs say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """To what a change is attributed."""

    kind: AttributionKind
    factors: tuple[Factor, ...] = ()
    """What did it, or what may have; in the order of `FactorKind`."""
    missing: tuple[str, ...] = ()
    """What is not recorded, in words."""

    @property
    def open(self) -> bool:
        """Return whether more than one thing may have done it."""
        return self.kind in {AttributionKind.SEVERAL, AttributionKind.NOT_RECORDED}

    @property
    def likeness(self) -> tuple[object, ...]:
        """Return what changes share that are shown as one: of several things that may have done it the names."""
        things = tuple(each[:2] for each in self.factors) if self.open else self.factors
        return self.kind, things, self.missing


def joined_causes(causes: Iterable[Attribution]) -> Attribution:
    """Return attributions of one likeness as one, with all versions that there are."""
    different = list(dict.fromkeys(causes))
    columns = zip(*(each.factors for each in different), strict=True)
    factors = tuple(
        each[0]._replace(before=_either(one.before for one in each), after=_either(one.after for one in each))
        for each in columns
    )
    return replace(different[0], factors=factors)


def _either(values: Iterable[str | None]) -> str | None:
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else " or ".join(sorted(each or "absent" for each in different))


class ShownPair(NamedTuple):
    """Two cells that differ in one thing, with the run that has each: `A` or `B`."""

    before: CellCoordinates
    before_run: str
    after: CellCoordinates
    after_run: str


States = Mapping[CellCoordinates, CellState]


class Attributor:
    """Attributes the changes of cells between two runs."""

    def __init__(self, before: RunSide, after: RunSide, old: States, new: States) -> None:
        """`old`, `new`: the cells of the two runs."""
        self._before, self._after, self._old, self._new = before, after, old, new
        self._finder = FactorFinder(before, after)
        self.pairs: dict[CellCoordinates, ShownPair] = {}
        """What shows the cause of a cell's change, where a pair does."""

    def of_cell(self, at: CellCoordinates) -> Attribution | None:
        """Return to what the change of a cell is attributed; None where one side is no run."""
        before, after = self._before.record, self._after.record
        if before is None or after is None:
            return None
        old, new = self._old.get(at), self._new.get(at)
        if before.plan_hash != after.plan_hash and (_by_plan(old) or _by_plan(new)):
            return Attribution(kind=AttributionKind.ONLY, factors=(self._plan(at),))
        if old is None or new is None or old.outcome.incomplete or new.outcome.incomplete:
            return Attribution(kind=AttributionKind.NOT_MEASURED)
        return self._of_measured(at)

    def _plan(self, at: CellCoordinates) -> Factor:
        """Return why only one plan asks for a cell: itself, or that the other machine does not have its Python."""
        for states, side in ((self._old, self._before), (self._new, self._after)):
            pythons = _adapted_to(side)
            if pythons is not None and at not in states and at.python not in pythons.split():
                return Factor(FactorKind.MACHINE, "interpreters", _adapted_to(self._before), _adapted_to(self._after))
        return Factor(FactorKind.PLAN, "plan", self._before.plan, self._after.plan)

    def _of_measured(self, at: CellCoordinates) -> Attribution:
        found = self._factors(at)
        factors, missing = in_order(found.factors), tuple(sorted(found.missing))
        if not missing and len(factors) <= 1:
            kind = AttributionKind.ONLY if factors else AttributionKind.NOTHING
            return Attribution(kind=kind, factors=factors)
        shown = self._shown(at, found.factors)
        if len(shown) == 1:
            ((factor, self.pairs[at]),) = shown.items()
            return Attribution(kind=AttributionKind.SHOWN, factors=(factor,))
        kind = AttributionKind.NOT_RECORDED if missing else AttributionKind.SEVERAL
        return Attribution(kind=kind, factors=factors, missing=missing)

    def _factors(self, at: CellCoordinates) -> FactorSet:
        return self._finder.between(Where(self._before, at), Where(self._after, at))

    def _shown(self, at: CellCoordinates, factors: frozenset[Factor]) -> dict[Factor, ShownPair]:
        """Return the things that pairs show to do it, each with a pair: in its own place, else in other ones."""
        own = dict(self._own_pairs(at, factors))
        if own:
            return own
        elsewhere = ((factor, self._pair_elsewhere(at, factor)) for factor in in_order(factors))
        return {factor: pair for factor, pair in elsewhere if pair is not None}

    def _own_pairs(self, at: CellCoordinates, factors: frozenset[Factor]) -> Iterator[tuple[Factor, ShownPair]]:
        """Yield pairs of this cell with one in another profile that has one of the things as the other run has it."""
        before, after = Where(self._before, at), Where(self._after, at)
        for third, state, name in self._in_other_profiles(at):
            for first, second, expected, pair in (
                (before, third, self._new[at], ShownPair(at, "A", third.at, name)),
                (third, after, self._old[at], ShownPair(third.at, name, at, "B")),
            ):
                if self._alike(at, state, expected):
                    found = self._finder.between(first, second)
                    if len(found.factors) == 1 and not found.missing and found.factors <= factors:
                        yield next(iter(found.factors)), pair

    def _in_other_profiles(self, at: CellCoordinates) -> Iterator[tuple[Where, CellState, str]]:
        for profile in self._profiles:
            other = at._replace(profile=profile)
            for side, states, name in ((self._before, self._old, "A"), (self._after, self._new, "B")):
                if profile != at.profile and (state := states.get(other)) is not None and not state.outcome.silent:
                    yield Where(side, other), state, name

    def _pair_elsewhere(self, at: CellCoordinates, factor: Factor) -> ShownPair | None:
        """Return a cell elsewhere that one thing alone changed as this one; None where it did otherwise, too."""
        found = self._alone.get((*at[4:], factor), {})
        began = [(end, place) for (begin, end), place in found.items() if self._alike(at, begin, self._old[at])]
        if not began or not all(self._alike(at, end, self._new[at]) for end, _ in began):
            return None
        return ShownPair(began[0][1], "A", began[0][1], "B")

    def _alike(self, at: CellCoordinates, one: CellState, other: CellState) -> bool:
        """Return whether two cells are the same in what changed of the cell at `at`."""
        compared = 2 if self._old[at][:2] != self._new[at][:2] else None
        return one[:compared] == other[:compared]

    @cached_property
    def _profiles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(at.profile for at in (*self._old, *self._new)))

    @cached_property
    def _alone(self) -> Mapping[tuple[object, ...], Mapping[tuple[CellState, CellState], CellCoordinates]]:
        """What became of cells beside which one thing changed, one of each, by that thing and by what was asked."""
        found: dict[tuple[object, ...], dict[tuple[CellState, CellState], CellCoordinates]] = defaultdict(dict)
        for at, old in self._old.items():
            new = self._new.get(at)
            if new is not None and not old.outcome.silent and not new.outcome.silent:
                beside = self._factors(at)
                if len(beside.factors) == 1 and not beside.missing:
                    asked = (*at[4:], next(iter(beside.factors)))
                    found[asked].setdefault((old, new), at)
        return found


def _adapted_to(side: RunSide) -> str | None:
    """Return the Pythons to which the plan of a run was adapted; None: it was not."""
    _, adapted, pythons = side.plan.partition(ADAPTED)
    return pythons if adapted else None


def _by_plan(state: CellState | None) -> bool:
    """Return whether the plan alone decides on a cell: it is not asked for, or known without running anything."""
    if state is None:
        return True
    return state.outcome == Outcome.EXCLUDED or (state.outcome == Outcome.UNSUPPORTED and state.mechanism is None)
