"""Which packages have to be held back, below which release: decides what to try, and knows nothing of environments.

What other pairs hold back is tried first, and against what is left the packages that tracebacks name. Else the search
goes through time: from a day on which it worked it bisects over the cut-off day for the first one on which it does
not, holds the package that was released then below that release, and goes on from there until it works today. A
traceback that names a package makes it look at the days of that package's releases first. What is found is always
found by trying; at the end each pin has to prove itself: without it, it must not work today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from packaging.version import Version

from harness.experiments.pins.bounds import Bounds, BoundsTrials, boundary, constraints
from harness.experiments.pins.by_date import SearchByDate
from harness.experiments.pins.by_error import SearchByError
from harness.experiments.pins.protocol import PackageTrials, Trial
from harness.matrix.pin_sets import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPins:
    """What came of a search."""

    pins: tuple[Pin, ...]
    """What has to be held back; empty: nothing, or nothing helps."""
    stopped_by: str | None
    """Where nothing helps: what was seen."""


def find_pins(bench: PackageTrials, hints: Sequence[Sequence[Pin]] = ()) -> FoundPins:
    """What has to be held back. `hints` are pins of other pairs, nearest first: tried first, and proved as any other.

    Raises what `bench` raises.
    """
    first = bench.trial(())
    if first.symptom is None:
        return FoundPins(pins=(), stopped_by=None)
    experiment = BoundsTrials(bench)
    pairs, time, nothing = SearchByError(experiment, hints), SearchByDate(experiment), SearchByError(experiment, hints)
    obstacle = ""
    for search, strategy in ((pairs, pairs.from_pairs), (time, time.found), (nothing, nothing.from_nothing)):
        bounds = strategy()
        if bounds is not None:
            return FoundPins(pins=_Proof(bench, hints).proved(bounds), stopped_by=None)
        obstacle = search.obstacle or obstacle
    return FoundPins(pins=(), stopped_by=obstacle or first.symptom.text)


@dataclass(frozen=True, slots=True)
class _Proof:
    """Tries whether each pin is needed, and at which release."""

    bench: PackageTrials
    hints: Sequence[Sequence[Pin]]

    def proved(self, bounds: Bounds) -> tuple[Pin, ...]:
        """The pins among `bounds` without which it does not work today, each at the release with which that begins."""
        known = {(pin.package, pin.release, pin.error): pin for pins in self.hints for pin in pins}
        pins: list[Pin] = []
        left = {**bounds}
        for package in sorted(left, key=lambda package: self._released(package, left[package])):
            release = left.pop(package)
            free = self.bench.trial(constraints(left))
            if free.symptom is None:
                continue  # Another pin does it as well, or what was broken is mended.
            # The same package and the same error as elsewhere: that it is this release was tried there.
            pin = known.get((package, release, free.symptom.text))
            pins.append(pin or self._exact(package, release, left, free))
            left[package] = pins[-1].release
        return tuple(sorted(pins, key=lambda pin: pin.package))

    def _exact(self, package: str, release: str, others: Bounds, free: Trial) -> Pin:
        """The first release of `package` from `release` on that does not work beside `others`.

        It works below `release`, and does not with what is chosen freely, `free`.
        """
        later = [each for each in self.bench.releases(package) if each.version >= Version(release)]
        tried = {len(later) - 1: free}

        def works(number: int) -> bool:
            if number not in tried:
                tried[number] = self.bench.trial([*constraints(others), f"{package}<={later[number].version}"])
            return tried[number].symptom is None

        # As a rule it is the very first: only pins of other pairs may be lower than is needed here.
        number = 0 if not works(0) else boundary(works, 0, len(later) - 1)
        symptom = tried[number].symptom
        assert symptom is not None
        return Pin(package=package, release=str(later[number].version), day=later[number].day, error=symptom.text)

    def _released(self, package: str, release: str) -> date:
        """The day of a release."""
        days = (each.day for each in self.bench.releases(package) if each.version == Version(release))
        return next(days, self.bench.today)
