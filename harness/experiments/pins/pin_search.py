"""Which packages have to be held back, below which release: decides what to try, and knows nothing of environments.

What other pairs hold back is tried first, and against what is left the packages that tracebacks name. Else the search
goes through time: from a day on which it worked it bisects over the cut-off day for the first one on which it does
not, holds the package that was released then below that release, and goes on from there until it works today. A
traceback that names a package makes it look at the days of that package's releases first. What is found is always
found by trying; at the end each pin has to prove itself: without it, it must not work today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from packaging.version import Version

from harness.experiments.pins.bounds import Bounds, BoundsTrials, boundary, constraints
from harness.experiments.pins.by_date import SearchByDate
from harness.experiments.pins.by_error import SearchByError
from harness.experiments.pins.protocol import PackageTrials, Trial
from harness.infra.packages.index import Release
from harness.matrix.pin_sets import AddedPackage, Pin, PinSet


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPins:
    """What came of a search."""

    pins: tuple[Pin, ...] = ()
    """What has to be held back."""
    added: tuple[AddedPackage, ...] = ()
    """What has to be installed beside Scrapy. Neither pins nor added: nothing is needed, or nothing helps."""
    stopped_by: str | None = None
    """Where nothing helps: what was seen."""


def find_pins(bench: PackageTrials, hints: Sequence[PinSet] = ()) -> FoundPins:
    """Return what has to be held back, and what has to be added.

    `hints` are those of other pairs, nearest first: tried first, and proved as any other. What brings a module that
    was missing in a search without success is added in the next one. Raises what `bench` raises.
    """
    first = bench.trial(())
    if first.symptom is None:
        return FoundPins()
    added = dict.fromkeys(each.package for each in (hints[0].added if hints else ()))
    if first.symptom.provider is not None:
        added[first.symptom.provider] = None
    while True:
        adding = _AddingTrials(bench, tuple(sorted(added)))
        bounds, obstacle = _search(adding, [each.pins for each in hints])
        if bounds is not None:
            return _proved(adding, bounds, hints)
        if adding.wanted.keys() <= added.keys():
            return FoundPins(stopped_by=obstacle or first.symptom.text)
        added |= adding.wanted


def _search(bench: PackageTrials, hints: Sequence[Sequence[Pin]]) -> tuple[Bounds | None, str]:
    """Return bounds with which it works, else what was seen last where a search could not go on."""
    experiment = BoundsTrials(bench)
    pairs, time, nothing = SearchByError(experiment, hints), SearchByDate(experiment), SearchByError(experiment, hints)
    obstacle = ""
    for search, strategy in ((pairs, pairs.from_pairs), (time, time.found), (nothing, nothing.from_nothing)):
        bounds = strategy()
        if bounds is not None:
            return bounds, ""
        obstacle = search.obstacle or obstacle
    return None, obstacle


@dataclass(slots=True)
class _AddingTrials:
    """Tries packages on a bench, with some added; keeps in mind what would bring the modules that were missing."""

    bench: PackageTrials
    added: tuple[str, ...]
    wanted: dict[str, None] = field(default_factory=dict)

    @property
    def first_day(self) -> date:
        return self.bench.first_day

    @property
    def today(self) -> date:
        return self.bench.today

    def releases(self, package: str) -> Sequence[Release]:
        return self.bench.releases(package)

    def trial(self, constraints: Sequence[str], day: date | None = None, added: Sequence[str] = ()) -> Trial:
        trial = self.bench.trial(constraints, day, (*self.added, *added))
        if trial.symptom is not None and trial.symptom.provider is not None:
            self.wanted[trial.symptom.provider] = None
        return trial


def _proved(adding: _AddingTrials, bounds: Bounds, hints: Sequence[PinSet]) -> FoundPins:
    """Return what of `bounds` and of the added packages is needed, each with what is seen without it."""
    needed = list(adding.added)
    for package in adding.added:
        others = [each for each in needed if each != package]
        if adding.bench.trial(constraints(bounds), added=others).symptom is None:
            needed = others
    pins = _Proof(_AddingTrials(adding.bench, tuple(needed)), [each.pins for each in hints]).proved(bounds)
    held = [pin.requirement for pin in pins]
    without = {each: adding.bench.trial(held, added=[other for other in needed if other != each]) for each in needed}
    return FoundPins(
        pins=pins,
        added=tuple(
            AddedPackage(package=package, error=trial.symptom.text)
            for package, trial in without.items()
            if trial.symptom is not None
        ),
    )


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
        return Pin(requirement=f"{package}<{later[number].version}", day=later[number].day, error=symptom.text)

    def _released(self, package: str, release: str) -> date:
        """The day of a release."""
        days = (each.day for each in self.bench.releases(package) if each.version == Version(release))
        return next(days, self.bench.today)
