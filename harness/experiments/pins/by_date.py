"""Finds what broke it by going through time: bisects over the cut-off day, and holds back what was released then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from harness.experiments.pins.bounds import MOST_STEPS, Bounds, BoundsTrials, constraints
from harness.experiments.pins.protocol import Symptom

_DAY = timedelta(days=1)


@dataclass(slots=True)
class SearchByDate:
    """A search from the first day on."""

    experiment: BoundsTrials
    obstacle: str = field(default="", init=False)
    """What was seen where the search could not go on."""

    def found(self) -> Bounds | None:
        """Pins for what broke it, in the order in which that was released; None where no beginning is known."""
        bounds: Bounds = {}
        good = self.experiment.bench.first_day
        if not self.experiment.works(bounds, good):
            return None
        for _ in range(MOST_STEPS):
            now = self.experiment.bench.trial(constraints(bounds))
            if now.symptom is None:
                return bounds
            day = self._first_bad_day(bounds, good, now.symptom)
            held = self._against(bounds, day)
            if held is None:
                symptom = self.experiment.on(bounds, day).symptom
                self.obstacle = f"from {day} on: {symptom.text if symptom is not None else now.symptom.text}"
                return None
            bounds, good = held, day
        return None

    def _first_bad_day(self, bounds: Bounds, good: date, symptom: Symptom) -> date:
        """The day after `good` from which on it does not work; `symptom` is what is seen today."""
        bad = self.experiment.bench.today
        while bad - good > _DAY:
            day = self._between(good, bad, symptom)
            seen = self.experiment.on(bounds, day).symptom
            if seen is None:
                good = day
            else:
                bad, symptom = day, seen
        return bad

    def _between(self, good: date, bad: date, symptom: Symptom) -> date:
        """A day between two: the middle of those around releases of a suspect, or of all."""
        for package in symptom.suspects:
            days = {each.day for each in self.experiment.bench.releases(package)}
            near = sorted(day for day in days | {day - _DAY for day in days} if good < day < bad)
            if near:
                return near[len(near) // 2]
        return good + (bad - good) // 2

    def _against(self, bounds: Bounds, day: date) -> Bounds | None:
        """`bounds` with what was released on `day` held back: one package if one is enough."""
        before, after = self.experiment.on(bounds, day - _DAY).versions, self.experiment.on(bounds, day).versions
        new = {package: version for package, version in after.items() if before.get(package, version) != version}
        symptom = self.experiment.on(bounds, day).symptom
        suspects = symptom.suspects if symptom is not None else ()
        for package in sorted(new, key=lambda package: (package not in suspects, package)):
            if self.experiment.works({**bounds, package: new[package]}, day):
                return {**bounds, package: new[package]}
        together = {**bounds, **new}
        return together if new and self.experiment.works(together, day) else None
