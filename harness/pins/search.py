"""Which packages have to be held back, below which release: decides what to try, and knows nothing of environments.

What other pairs hold back is tried first, and against what is left the packages that tracebacks name. Else the search
goes through time: from a day on which it worked it bisects over the cut-off day for the first one on which it does
not, holds the package that was released then below that release, and goes on from there until it works today. A
traceback that names a package makes it look at the days of that package's releases first. What is found is always
found by trying; at the end each pin has to prove itself: without it, it must not work today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from packaging.version import Version

from harness.index import Release
from harness.matrix.pins import Pin
from harness.pins.bench import Bench, Symptom, Trial

_MOST_STEPS = 20
_WHOLE_HINTS = 2
"""How many other pairs' pins are tried as they are."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a search."""

    pins: tuple[Pin, ...]
    """What has to be held back; empty: nothing, or nothing helps."""
    stopped_by: str | None
    """Where nothing helps: what was seen."""


Bounds = Mapping[str, str]
"""Package -> the release that it is held below."""


def find_pins(bench: Bench, hints: Sequence[Sequence[Pin]] = ()) -> Found:
    """What has to be held back. `hints` are pins of other pairs, nearest first: tried first, and proved as any other.

    Raises what `bench` raises.
    """
    first = bench.trial(())
    if first.symptom is None:
        return Found(pins=(), stopped_by=None)
    search = _Search(bench, hints)
    for strategy in (search.from_pairs, search.through_time, search.from_nothing):
        bounds = strategy()
        if bounds is not None:
            return Found(pins=search.proved(bounds), stopped_by=None)
    return Found(pins=(), stopped_by=search.obstacle or first.symptom.text)


@dataclass(slots=True)
class _Search:
    bench: Bench
    hints: Sequence[Sequence[Pin]]
    obstacle: str = field(default="", init=False)
    """What was seen where the search could not go on."""

    def from_pairs(self) -> Bounds | None:
        """The pins of one of the nearest pairs, and what is needed beside them."""
        for pins in self.hints[:_WHOLE_HINTS]:
            bounds = self._by_symptom({pin.package: pin.release for pin in pins})
            if bounds is not None:
                return bounds
        return None

    def through_time(self) -> Bounds | None:
        """Pins for what broke it, in the order in which that was released; None where no beginning is known."""
        bounds: Bounds = {}
        good = self.bench.first_day
        if not self._works(bounds, good):
            return None
        for _ in range(_MOST_STEPS):
            now = self.bench.trial(_constraints(bounds))
            if now.symptom is None:
                return bounds
            day = self._first_bad_day(bounds, good, now.symptom)
            held = self._against(bounds, day)
            if held is None:
                symptom = self._on(bounds, day).symptom
                self.obstacle = f"from {day} on: {symptom.text if symptom is not None else now.symptom.text}"
                return None
            bounds, good = held, day
        return None

    def from_nothing(self) -> Bounds | None:
        """Pins against one symptom after the other, as they are seen today; None where one stays."""
        return self._by_symptom({})

    def _by_symptom(self, bounds: Bounds) -> Bounds | None:
        """`bounds` and what helps against one symptom after the other; None where one stays."""
        for _ in range(_MOST_STEPS):
            trial = self.bench.trial(_constraints(bounds))
            if trial.symptom is None:
                return bounds
            held = self._by_hint(trial, trial.symptom, bounds) or self._by_release(trial, trial.symptom, bounds)
            if held is None:
                return self._held_less(trial.symptom, bounds)
            bounds = held
        return None

    def proved(self, bounds: Bounds) -> tuple[Pin, ...]:
        """The pins among `bounds` without which it does not work today, each at the release with which that begins."""
        known = {(pin.package, pin.release, pin.error): pin for pins in self.hints for pin in pins}
        pins: list[Pin] = []
        left = {**bounds}
        for package in sorted(left, key=lambda package: self._released(package, left[package])):
            release = left.pop(package)
            free = self.bench.trial(_constraints(left))
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
                tried[number] = self.bench.trial([*_constraints(others), f"{package}<={later[number].version}"])
            return tried[number].symptom is None

        # As a rule it is the very first: only pins of other pairs may be lower than is needed here.
        number = 0 if not works(0) else boundary(works, 0, len(later) - 1)
        symptom = tried[number].symptom
        assert symptom is not None
        return Pin(package=package, release=str(later[number].version), day=later[number].day, error=symptom.text)

    def _first_bad_day(self, bounds: Bounds, good: date, symptom: Symptom) -> date:
        """The day after `good` from which on it does not work; `symptom` is what is seen today."""
        bad = self.bench.today
        while bad - good > _DAY:
            day = self._between(good, bad, symptom)
            seen = self._on(bounds, day).symptom
            if seen is None:
                good = day
            else:
                bad, symptom = day, seen
        return bad

    def _between(self, good: date, bad: date, symptom: Symptom) -> date:
        """A day between two: the middle of those around releases of a suspect, or of all."""
        for package in symptom.suspects:
            days = {each.day for each in self.bench.releases(package)}
            near = sorted(day for day in days | {day - _DAY for day in days} if good < day < bad)
            if near:
                return near[len(near) // 2]
        return good + (bad - good) // 2

    def _against(self, bounds: Bounds, day: date) -> Bounds | None:
        """`bounds` with what was released on `day` held back: one package if one is enough."""
        before, after = self._on(bounds, day - _DAY).versions, self._on(bounds, day).versions
        new = {package: version for package, version in after.items() if before.get(package, version) != version}
        symptom = self._on(bounds, day).symptom
        suspects = symptom.suspects if symptom is not None else ()
        for package in sorted(new, key=lambda package: (package not in suspects, package)):
            if self._works({**bounds, package: new[package]}, day):
                return {**bounds, package: new[package]}
        together = {**bounds, **new}
        return together if new and self._works(together, day) else None

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
                    then = self.bench.trial(_constraints(held))
                    if then.versions and not then.shows(symptom):
                        return held
        return None

    def _by_release(self, trial: Trial, symptom: Symptom, bounds: Bounds) -> Bounds | None:
        """`bounds` with a suspect held below the release that brought `symptom`."""
        for package in symptom.suspects:
            if package not in trial.versions:
                continue
            now = Version(trial.versions[package])
            there = [each for each in self.bench.releases(package) if each.version <= now]
            old = max((n for n, each in enumerate(there) if each.day <= self.bench.first_day), default=0)

            def lacks(number: int, package: str = package, there: Sequence[Release] = there) -> bool:
                then = self.bench.trial([*_constraints(bounds), f"{package}<={there[number].version}"])
                return not then.shows(symptom)

            if old < len(there) - 1 and lacks(old):
                held = {**bounds, package: str(there[boundary(lacks, old, len(there) - 1)].version)}
                then = self.bench.trial(_constraints(held))
                if then.versions and not then.shows(symptom):
                    return held
        return None

    def _held_less(self, symptom: Symptom, bounds: Bounds) -> Bounds | None:
        """`bounds` with a suspect held back only until `symptom` ends, if that works; else says what is seen there."""
        held = ", ".join(_constraints(bounds))
        self.obstacle = f"with {held}: {symptom.text}" if held else symptom.text
        package = next((each for each in symptom.suspects if each in bounds), None)
        if package is None:
            return None
        others = {name: bounds[name] for name in bounds if name != package}
        free = self.bench.trial(_constraints(others))
        if free.symptom is None or free.shows(symptom):
            return None
        start, end = Version(bounds[package]), Version(free.versions.get(package, bounds[package]))
        below = [each for each in self.bench.releases(package) if each.version < start][-1:]
        there = [*below, *(each for each in self.bench.releases(package) if start <= each.version <= end)]
        tried = {len(there) - 1: free}

        def shows(number: int) -> bool:
            if number not in tried:
                tried[number] = self.bench.trial([*_constraints(others), f"{package}<={there[number].version}"])
            return tried[number].shows(symptom)

        if not below or not shows(0):
            return None
        number = boundary(shows, 0, len(there) - 1)
        other = tried[number].symptom
        if other is None:
            return {**others, package: str(there[number + 1].version)}
        beside = f" beside {', '.join(_constraints(others))}" if others else ""
        self.obstacle = (
            f"no release of {package} helps{beside}: up to {there[number - 1].version} {symptom.text}; "
            f"from {there[number].version} on {other.text}"
        )
        return None

    def _on(self, bounds: Bounds, day: date) -> Trial:
        return self.bench.trial(_constraints(bounds), None if day >= self.bench.today else day)

    def _works(self, bounds: Bounds, day: date | None = None) -> bool:
        return self._on(bounds, day or self.bench.today).symptom is None

    def _released(self, package: str, release: str) -> date:
        """The day of a release."""
        days = (each.day for each in self.bench.releases(package) if each.version == Version(release))
        return next(days, self.bench.today)


def boundary(holds: Callable[[int], bool], first: int, last: int) -> int:
    """The first number for which `holds` is false, where it is true for `first` and false for `last`."""
    while last - first > 1:
        middle = (first + last) // 2
        if holds(middle):
            first = middle
        else:
            last = middle
    return last


def _constraints(bounds: Bounds) -> list[str]:
    return [f"{package}<{release}" for package, release in sorted(bounds.items())]
