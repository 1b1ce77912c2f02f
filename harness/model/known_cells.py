"""One cell as judges see it: where it is, what happened there, and nothing of how it was stored."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.model.result import CellResult


class CellCoordinates(NamedTuple):
    """Where a cell is, one field an axis."""

    platform: str
    python: str
    scrapy: str
    """The release as the matrix labels it, e.g. `2.13.4`."""
    profile: str
    lane: str
    scenario: str
    helper: str

    @property
    def key(self) -> CellKey:
        """The key of the cell."""
        return CellKey(EnvironmentId(*self[:4]).id, *self[4:])

    @classmethod
    def of(cls, key: CellKey) -> CellCoordinates:
        """The coordinates of a cell; `ValueError` where its environment is no id."""
        environment = _environment(key.environment)
        return cls(environment.platform, environment.python, environment.scrapy, environment.profile, *key[1:])


@lru_cache(maxsize=10_000)
def _environment(text: str) -> EnvironmentId:
    return EnvironmentId.parse(text)


Axis = Literal["platform", "python", "scrapy", "profile", "lane", "scenario", "helper"]
AXES: tuple[Axis, ...] = get_args(Axis)
"""The axes of the matrix, in the order in which ids name them."""


class KnownCell(NamedTuple):
    """What is known of one cell of a plan, run or not."""

    at: CellCoordinates
    outcome: Outcome
    mechanism: str | None
    detail: str | None
    reactor: str | None
    """Dotted class name that the process reported; None where it ran on none, or did not run."""
    loop: str | None

    @classmethod
    def of(cls, result: CellResult) -> KnownCell:
        """What a result says."""
        facts = result.facts
        reactor, loop = (None, None) if facts is None else (facts.reactor, facts.loop)
        return cls(CellCoordinates.of(result.key), result.outcome, result.mechanism, result.detail, reactor, loop)
