"""Finds what to hold back against one symptom after the other, as they are seen today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from packaging.version import Version

from harness.experiments.pins.bounds import MOST_STEPS, Bounds, BoundsTrials, boundary, constraints
from harness.experiments.pins.protocol import Symptom, Trial
from harness.infra.packages.index import Release
from harness.matrix.pin_sets import Pin

_WHOLE_HINTS = 2
"""How many other pairs' pins are tried as they are."""


@dataclass(slots=True)
class SearchByError:
    """A search that begins with the pins of other pairs, or with nothing."""

    experiment: BoundsTrials
    hints: Sequence[Sequence[Pin]]
    """Pins of other pairs, nearest first."""
    obstacle: str = field(default="", init=False)
    """What was seen where the search could not go on."""

    def from_pairs(self) -> Bounds | None:
        """The pins of one of the nearest pairs, and what is needed beside them."""
        for pins in self.hints[:_WHOLE_HINTS]:
            bounds = self._by_symptom({pin.package: pin.release for pin in pins})
            if bounds is not None:
                return bounds
        return None

    def from_nothing(self) -> Bounds | None:
        """Pins against one symptom after the other, as they are seen today; None where one stays."""
        return self._by_symptom({})

    def _by_symptom(self, bounds: Bounds) -> Bounds | None:
        """`bounds` and what helps against one symptom after the other; None where one stays."""
        for _ in range(MOST_STEPS):
            trial = self.experiment.bench.trial(constraints(bounds))
            if trial.symptom is None:
                return bounds
            held = self._by_hint(trial, trial.symptom, bounds) or self._by_release(trial, trial.symptom, bounds)
            if held is None:
                return self._held_less(trial.symptom, bounds)
            bounds = held
        return None

    def _by_hint(self, trial: Trial, symptom: Symptom, bounds: Bounds) -> Bounds | None:
        """`bounds` with one more package held where another pair holds it, as little as helps against `symptom`."""
        every = dict.fromkeys(pin for pins in self.hints for pin in pins)
        alike = [pin.package for pin in every if pin.error == symptom.text]
        for package in dict.fromkeys([*alike, *symptom.suspects]):
            now = trial.versions.get(package)
            below = {pin.release for pin in every if pin.package == package}
            for release in sorted(below, key=Version, reverse=True):
                if now is not None and Version(release) <= Version(now):
                    held = {**bounds, package: release}
                    then = self.experiment.bench.trial(constraints(held))
                    if then.versions and not then.shows(symptom):
                        return held
        return None

    def _by_release(self, trial: Trial, symptom: Symptom, bounds: Bounds) -> Bounds | None:
        """`bounds` with a suspect held below the release that brought `symptom`."""
        for package in symptom.suspects:
            if package not in trial.versions:
                continue
            now = Version(trial.versions[package])
            there = [each for each in self.experiment.bench.releases(package) if each.version <= now]
            old = max((n for n, each in enumerate(there) if each.day <= self.experiment.bench.first_day), default=0)

            def lacks(number: int, package: str = package, there: Sequence[Release] = there) -> bool:
                then = self.experiment.bench.trial([*constraints(bounds), f"{package}<={there[number].version}"])
                return not then.shows(symptom)

            if old < len(there) - 1 and lacks(old):
                held = {**bounds, package: str(there[boundary(lacks, old, len(there) - 1)].version)}
                then = self.experiment.bench.trial(constraints(held))
                if then.versions and not then.shows(symptom):
                    return held
        return None

    def _held_less(self, symptom: Symptom, bounds: Bounds) -> Bounds | None:
        """`bounds` with a suspect held back only until `symptom` ends, if that works; else says what is seen there."""
        held = ", ".join(constraints(bounds))
        self.obstacle = f"with {held}: {symptom.text}" if held else symptom.text
        package = next((each for each in symptom.suspects if each in bounds), None)
        if package is None:
            return None
        others = {name: bounds[name] for name in bounds if name != package}
        free = self.experiment.bench.trial(constraints(others))
        if free.symptom is None or free.shows(symptom):
            return None
        start, end = Version(bounds[package]), Version(free.versions.get(package, bounds[package]))
        below = [each for each in self.experiment.bench.releases(package) if each.version < start][-1:]
        there = [*below, *(each for each in self.experiment.bench.releases(package) if start <= each.version <= end)]
        tried = {len(there) - 1: free}

        def shows(number: int) -> bool:
            if number not in tried:
                limit = f"{package}<={there[number].version}"
                tried[number] = self.experiment.bench.trial([*constraints(others), limit])
            return tried[number].shows(symptom)

        if not below or not shows(0):
            return None
        number = boundary(shows, 0, len(there) - 1)
        other = tried[number].symptom
        if other is None:
            return {**others, package: str(there[number + 1].version)}
        beside = f" beside {', '.join(constraints(others))}" if others else ""
        self.obstacle = (
            f"no release of {package} helps{beside}: up to {there[number - 1].version} {symptom.text}; "
            f"from {there[number].version} on {other.text}"
        )
        return None
