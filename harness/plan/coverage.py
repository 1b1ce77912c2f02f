"""A choice among the cells of a plan: what it is asked for, what it takes, and what it leaves out.

The latter is stored with the plan of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AxisPair = tuple[str, str]
Cover = Literal["pairwise", "triples"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRequest:
    """What a run is to cover, and the time that it has."""

    cover: Cover | None = None
    """None: as much as the budget allows."""
    budget: str | None = None
    """As it was written."""
    seconds: float | None = None
    """The same in seconds; None: no limit."""

    @property
    def any(self) -> bool:
        """Whether anything is wished."""
        return self.cover is not None or self.budget is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Some of all."""

    chosen: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRatio:
    """The pairs of values of two axes that cells have: those of all cells that can be run, and those chosen."""

    axes: AxisPair
    chosen: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredPairs:
    """Pairs that no chosen cell has: each value of the first axis named with each of the second."""

    axes: AxisPair
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A choice among the cells of a plan that can be run."""

    cover: str | None
    """`pairwise` or `triples`, as asked for."""
    budget: str | None
    """As it was written: `10m`."""
    seconds: float
    """What the run was estimated to take."""
    cells: Ratio
    environments: Ratio
    lanes: Ratio
    """Lanes of environments, each of which takes a process."""
    reasons: Mapping[str, int]
    """Number of chosen cells by what they were chosen for: `unexpected`, `boundaries`, `pairs`, `triples`, `rest`."""
    axes: Mapping[str, tuple[str, ...]]
    """The values of each axis that cells which can be run have, in the order of the plan."""
    pairs: tuple[PairRatio, ...]
    """A share for every two axes."""
    triples: Ratio | None
    """Triples of values of all axes together; None where nobody asked."""
    untouched: Mapping[str, tuple[str, ...]]
    """Values that no chosen cell has, by axis; only axes that have some."""
    left_out: tuple[UncoveredPairs, ...]

    @property
    def all_pairs(self) -> Ratio:
        """Those of all pairs of axes together."""
        return Ratio(chosen=sum(each.chosen for each in self.pairs), of=sum(each.of for each in self.pairs))

    @property
    def name(self) -> str:
        """How it was asked for: `cover pairwise, budget 10m`."""
        asked = (("cover", self.cover), ("budget", self.budget))
        return ", ".join(f"{what} {value}" for what, value in asked if value is not None)
