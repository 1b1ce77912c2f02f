"""What is tried to find pins: packages held below releases, today or on a day of the past."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from harness.experiments.pins.protocol import PackageTrials, Trial

MOST_STEPS = 20
"""Packages held back one after the other."""

Bounds = Mapping[str, str]
"""Package -> the release that it is held below."""


def constraints(bounds: Bounds) -> list[str]:
    """The bounds as requirements."""
    return [f"{package}<{release}" for package, release in sorted(bounds.items())]


@dataclass(frozen=True, slots=True)
class BoundsTrials:
    """Tries bounds on a bench."""

    bench: PackageTrials

    def on(self, bounds: Bounds, day: date) -> Trial:
        """What is seen with what there was on a day."""
        return self.bench.trial(constraints(bounds), None if day >= self.bench.today else day)

    def works(self, bounds: Bounds, day: date) -> bool:
        """Whether it works with what there was on a day."""
        return self.on(bounds, day).symptom is None


def boundary(holds: Callable[[int], bool], first: int, last: int) -> int:
    """The first number for which `holds` is false, where it is true for `first` and false for `last`."""
    while last - first > 1:
        middle = (first + last) // 2
        if holds(middle):
            first = middle
        else:
            last = middle
    return last
