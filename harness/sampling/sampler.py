"""Chooses among the cells of a plan: those that cover what is asked for, as far as the time allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from harness.infra.errors import ConfigurationError
from harness.model.ids import CellKey
from harness.plan.coverage import Coverage, PairRatio, Ratio, SamplingRequest, UncoveredPairs
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane
from harness.sampling.axis_pairs import AXES, EnvironmentLane, folded, pairs_of
from harness.sampling.costs import ENVIRONMENT, LANE, Costs
from harness.sampling.covering_array import CoveringArray, Prices, TakenCells, boundaries, count_met
from harness.sampling.universe import Universe


@dataclass(frozen=True, slots=True, kw_only=True)
class Priorities:
    """What is known before a run that makes some cells come before others."""

    unexpected: Sequence[CellKey] = ()
    """What was unexpected or flaky when it was run last."""
    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Releases with which something changed, by axis."""
    doubtful: frozenset[EnvironmentLane] = frozenset()
    """Lanes of environments in which a cell is likely not to run."""


class Sample(NamedTuple):
    """What was chosen."""

    plan: Plan
    """The chosen cells as a plan of their own, which says what it leaves out."""
    order: tuple[str, ...]
    """Ids of its environments, those with what is wanted most first."""


def choose(plan: Plan, sampling: SamplingRequest, known: Priorities, costs: Costs) -> Sample:
    """The cells that are wanted most, as far as the time allows.

    `ConfigurationError` where not even one cell fits into the budget, or the plan has none that can be run.
    """
    universe = Universe.of(plan)
    if not universe.count:
        raise ConfigurationError(
            value=f"--plan {plan.name}", cause="has no cell that can be run", action="widen the filters"
        )
    limit = None if sampling.seconds is None else costs.work(sampling.seconds)
    chosen: dict[int, set[int]] = {}
    reasons: Counter[str] = Counter()
    spending = _Spending(universe, costs, limit)
    for reason, taken in _ordered(universe, sampling, known, costs):
        fitting = spending.fitting(taken)
        if fitting:
            chosen.setdefault(taken.place, set()).update(fitting)
            reasons[reason] += len(fitting)
        if len(fitting) < len(taken.questions):
            break
    if not chosen:
        raise ConfigurationError(
            value=f"--budget {sampling.budget}",
            cause=f"is too short for a single environment, which takes about {costs.wait(ENVIRONMENT + LANE):.0f} s",
            action="allow more time",
        )
    environments = _environments(plan, universe, chosen)
    coverage = _coverage(universe, sampling, environments, reasons, costs.wait(spending.work))
    asked = {scenario for each in environments for lane in each.lanes for scenario, _ in lane.cells}
    scenarios = {name: info for name, info in plan.scenarios.items() if name in asked}
    order = dict.fromkeys(universe.places[place].environment for place in chosen)
    adapted = None if plan.adaptation is None else plan.adaptation.of_environments({each.id for each in environments})
    made = Plan(name=plan.name, environments=environments, scenarios=scenarios, coverage=coverage, adaptation=adapted)
    return Sample(made, tuple(order))


def _ordered(
    universe: Universe, sampling: SamplingRequest, known: Priorities, costs: Costs
) -> Iterator[tuple[str, TakenCells]]:
    """The cells in the order in which they are wanted, each once, with what it is wanted for."""
    doubtful = np.array([place in known.doubtful for place in universe.places], dtype=np.bool_)
    covering = CoveringArray(universe, _prices(universe, costs), doubtful)
    for place, questions in universe.found(known.unexpected):
        for taken in covering.take(place, questions):
            yield "unexpected", taken
    first = boundaries(universe, known.changed)
    for step, taken in covering.meet(2, first):
        yield "boundaries" if step < len(first) else "pairs", taken
    if sampling.cover == "pairwise":
        return
    for _, taken in covering.meet(3):
        yield "triples", taken
    if sampling.cover is None:
        for taken in covering.rest():
            yield "rest", taken


def _prices(universe: Universe, costs: Costs) -> Prices:
    cells = [costs.cell(CellKey("", "", *question)) for question in universe.questions]
    return Prices(environment=ENVIRONMENT, place=LANE, cell=sum(cells) / len(cells))


class _Spending:
    """Adds up what cells cost, each environment and each lane once."""

    def __init__(self, universe: Universe, costs: Costs, limit: float | None) -> None:
        """`limit`: seconds of work; None: there is none."""
        self._universe, self._costs, self._limit = universe, costs, limit
        self._places: set[int] = set()
        self._environments: set[int] = set()
        self.work = 0.0
        """Seconds of work for what fits."""

    def fitting(self, taken: TakenCells) -> list[int]:
        """The first of some questions, as many as fit."""
        place = self._universe.places[taken.place]
        environment = int(self._universe.environments[taken.place])
        work = self.work + ENVIRONMENT * (environment not in self._environments)
        work += LANE * (taken.place not in self._places)
        found: list[int] = []
        for question in taken.questions.tolist():
            work += self._costs.cell(CellKey(*place, *self._universe.questions[question]))
            if self._limit is not None and work > self._limit:
                break
            self.work = work
            found.append(question)
        if found:
            self._places.add(taken.place)
            self._environments.add(environment)
        return found


def _environments(plan: Plan, universe: Universe, chosen: Mapping[int, set[int]]) -> tuple[PlannedEnvironment, ...]:
    """The environments of the plan with the chosen cells and nothing else."""
    wanted = {
        universe.places[place]: {universe.questions[number] for number in numbers} for place, numbers in chosen.items()
    }
    found = []
    for environment in plan.environments:
        lanes: list[PlannedLane] = []
        for lane in environment.lanes:
            pairs = wanted.get(EnvironmentLane(environment.id, lane.name))
            if lane.status is None and pairs is not None:
                cells = tuple(pair for pair in lane.cells if pair in pairs)
                if cells:
                    # A lane of which all is wanted stays the one that other environments share.
                    lanes.append(lane if len(cells) == len(lane.cells) else replace(lane, cells=cells))
        if lanes:
            found.append(replace(environment, lanes=tuple(lanes)))
    return tuple(found)


def _coverage(
    universe: Universe,
    sampling: SamplingRequest,
    environments: tuple[PlannedEnvironment, ...],
    reasons: Mapping[str, int],
    seconds: float,
) -> Coverage:
    inside = Universe.of(Plan(name="", environments=environments))
    every, met = pairs_of(universe.by_place()), pairs_of(inside.by_place())
    orders = dict(zip(AXES, universe.values, strict=True))
    left_out: list[UncoveredPairs] = []
    for axes, pairs in every.items():
        left_out += folded(axes, pairs - met[axes], orders)
    touched = dict(zip(AXES, map(set, inside.values), strict=True))
    untouched = {axis: tuple(each for each in values if each not in touched[axis]) for axis, values in orders.items()}
    asks_triples = sampling.cover != "pairwise"
    return Coverage(
        cover=sampling.cover,
        budget=sampling.budget,
        seconds=round(seconds, 1),
        cells=Ratio(chosen=inside.count, of=universe.count),
        environments=Ratio(chosen=len(environments), of=len(set(universe.environments.tolist()))),
        lanes=Ratio(chosen=len(inside.places), of=len(universe.places)),
        reasons=dict(reasons),
        axes=orders,
        pairs=tuple(PairRatio(axes=axes, chosen=len(met[axes]), of=len(pairs)) for axes, pairs in every.items()),
        triples=Ratio(chosen=count_met(inside, 3), of=count_met(universe, 3)) if asks_triples else None,
        untouched={axis: values for axis, values in untouched.items() if values},
        left_out=tuple(left_out),
    )
