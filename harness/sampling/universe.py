"""The cells of a plan that can be run, as numbers: what a choice among a million of them is made from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from packaging.version import InvalidVersion, Version

from harness.model.ids import CellKey
from harness.plan.plan_records import Plan
from harness.sampling.axis_pairs import AXES, PLACE_AXES, EnvironmentLane, QuestionValues, lane_values

RELEASES = ("python", "scrapy")
"""The axes whose values have an order."""
Numbers: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """Every cell that can be run: a place and a question, both by number."""

    values: tuple[tuple[str, ...], ...]
    """The values of each axis, in the order of the plan."""
    places: tuple[EnvironmentLane, ...]
    environments: Numbers
    """Number of each place's environment."""
    where: Numbers
    """Places x `PLACE_AXES`: numbers of values."""
    questions: tuple[tuple[str, str], ...]
    """(scenario, helper)."""
    what: Numbers
    """Questions x 2: numbers of values."""
    asked: tuple[Numbers, ...]
    """The questions asked in each place; places that ask the same share the array."""

    @classmethod
    def of(cls, plan: Plan) -> Universe:
        """The cells of a plan whose environment and lane are to be run."""
        known: dict[tuple[str, str], int] = {}
        made: dict[tuple[int, ...], Numbers] = {}
        axes: list[dict[str, int]] = [{} for _ in AXES]
        places, environments, where, asked = [], [], [], []
        for number, environment in enumerate(plan.environments):
            lanes: dict[str, list[tuple[tuple[str, str], ...]]] = {}
            for lane in environment.lanes if environment.status is None else ():
                if lane.status is None and lane.cells:
                    lanes.setdefault(lane.name, []).append(lane.cells)
            for name, grids in lanes.items():
                at = (environment.platform, environment.python, environment.scrapy, environment.profile)
                places.append(EnvironmentLane(environment.id, name))
                environments.append(number)
                where.append([_number(*each) for each in zip(axes, (*at, *lane_values(name)), strict=False)])
                # By identity: grids are shared, and hashing a large one for each of its places takes seconds.
                key = tuple(map(id, grids))
                if key not in made:
                    numbers = [known.setdefault(pair, len(known)) for grid in grids for pair in grid]
                    made[key] = np.array(numbers, dtype=np.int64)
                asked.append(made[key])
        what = [[_number(axis, value) for axis, value in zip(axes[PLACE_AXES:], pair, strict=True)] for pair in known]
        return cls(
            values=tuple(map(tuple, axes)),
            places=tuple(places),
            environments=np.array(environments, dtype=np.int64),
            where=np.array(where, dtype=np.int64).reshape(-1, PLACE_AXES),
            questions=tuple(known),
            what=np.array(what, dtype=np.int64).reshape(-1, 2),
            asked=tuple(asked),
        )

    @property
    def count(self) -> int:
        """How many cells there are."""
        return sum(map(len, self.asked))

    def by_place(self) -> Iterator[tuple[Sequence[str], QuestionValues]]:
        """The cells as `pairs_of` takes them."""
        written: dict[int, QuestionValues] = {}
        for at, asked in zip(self.where.tolist(), self.asked, strict=True):
            if id(asked) not in written:
                written[id(asked)] = tuple(self.questions[number] for number in asked.tolist())
            yield [values[number] for values, number in zip(self.values, at, strict=False)], written[id(asked)]

    def found(self, keys: Iterable[CellKey]) -> Iterator[tuple[int, Numbers]]:
        """Those of some cells that are in it, by place, each once: the place and its questions, in order."""
        by_place: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for key in keys:
            by_place.setdefault(key[:2], set()).add(key[2:])
        for number, place in enumerate(self.places):
            wanted = by_place.get(place)
            if wanted is not None:
                inside = [each for each in self.asked[number].tolist() if self.questions[each] in wanted]
                if inside:
                    yield number, np.array(inside, dtype=np.int64)

    def ends(self) -> dict[str, frozenset[str]]:
        """The oldest and the newest release on each axis that has releases; of every interpreter of its own name."""
        return {axis: _ends(self.values[AXES.index(axis)]) for axis in RELEASES}

    def sides(self, axis: str, since: Collection[str]) -> frozenset[str]:
        """Those of some releases that are on the axis, each with the one before it."""
        ordered = _ordered(self.values[AXES.index(axis)])
        found = [(before, each) for before, each in pairwise(ordered) if each in since]
        return frozenset(each for both in found for each in both)


def _number(axis: dict[str, int], value: str) -> int:
    return axis.setdefault(value, len(axis))


def _version(value: str) -> Version | None:
    try:
        return Version(value.removeprefix("pypy"))
    except InvalidVersion:
        return None


def _ordered(values: Iterable[str]) -> list[str]:
    """Those that are releases of CPython or Scrapy, oldest first."""
    found = [(version, each) for each in values if not each.startswith("pypy") and (version := _version(each))]
    return [each for _, each in sorted(found)]


def _ends(values: Sequence[str]) -> frozenset[str]:
    families = (_ordered(values), sorted((each for each in values if each.startswith("pypy")), key=_version_of_pypy))
    return frozenset(each for family in families if family for each in (family[0], family[-1]))


def _version_of_pypy(value: str) -> tuple[int, ...]:
    version = _version(value)
    return () if version is None else version.release
