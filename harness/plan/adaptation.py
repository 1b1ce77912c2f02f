"""How a plan was adapted to the Pythons of a machine: what stands in for what, and what could not be asked.

The records only; `harness.plan.adapter` makes them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from harness.model.ids import EnvironmentId

Available = Mapping[str, Collection[str]]
"""Keys of the Pythons that there are, by platform. A plan is not adapted on a platform that is not named."""
Cause = Literal["python-missing", "release-needs-python"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """An environment that is measured for others whose Python is not there."""

    environment: str
    """Id of the environment that is measured."""
    instead_of: tuple[str, ...]
    """Ids of the environments that the plan prefers, in the order of the plan."""
    assumed: bool
    """Whether nobody has looked yet whether a crawl starts there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """What a plan asks and these Pythons cannot answer, for one cause."""

    platform: str
    cause: Cause
    """`python-missing`: the Pythons themselves were to be measured. `release-needs-python`: the releases on any."""
    pythons: tuple[str, ...]
    """Those that are missing: each of them, or those of which any one would do. Empty: none is known that would."""
    scrapys: tuple[str, ...]
    """Releases that were asked about, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """What differs from the plan as it is written, on the platforms where anything does."""

    available: Mapping[str, tuple[str, ...]]
    """Pythons of the matrix that there are, in its order, by platform."""
    substitutions: tuple[Substitution, ...]
    unasked: tuple[Unasked, ...]

    def of_platforms(self, platforms: Collection[str]) -> Adaptation | None:
        """Return the part about some platforms; None where nothing differs there."""
        available = {name: keys for name, keys in self.available.items() if name in platforms}
        if not available:
            return None
        kept = [each for each in self.substitutions if EnvironmentId.parse(each.environment).platform in platforms]
        unasked = [each for each in self.unasked if each.platform in platforms]
        return Adaptation(available=available, substitutions=tuple(kept), unasked=tuple(unasked))

    def of_environments(self, names: Collection[str]) -> Adaptation:
        """Return the same with what stands in for something among some environments only."""
        return replace(self, substitutions=tuple(each for each in self.substitutions if each.environment in names))


def joined(parts: Collection[Adaptation | None]) -> Adaptation | None:
    """Return the adaptation that has those of several platforms; None where there are none."""
    found = [each for each in parts if each is not None]
    if not found:
        return None
    return Adaptation(
        available={name: keys for each in found for name, keys in each.available.items()},
        substitutions=tuple(each for part in found for each in part.substitutions),
        unasked=tuple(each for part in found for each in part.unasked),
    )
