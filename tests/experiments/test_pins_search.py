"""The search for pins over made-up packages: what it finds works, is needed, and is the release that broke it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from harness.experiments.pins.bounds import boundary
from harness.experiments.pins.pin_search import find_pins
from harness.experiments.pins.protocol import Symptom, Trial
from harness.infra.packages.index import Release
from harness.matrix.pin_sets import AddedPackage, Pin, PinSet, PinState

# The machine may be slow; what is tested is what is found.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

FIRST = date(2021, 1, 1)
TODAY = date(2021, 12, 31)


@dataclass
class World:
    """Packages with releases `1.0`, `2.0`, ... on days after the first, and when each breaks and mends something."""

    days: dict[str, list[int]]
    """Days of releases after the first one, which is there from the beginning."""
    breaks: dict[str, int]
    """Number of the release from which on nothing works."""
    mends: dict[str, int] = field(default_factory=dict)
    """Number of the release from which on it works again."""
    silent: bool = False
    """Whether tracebacks name no package."""
    lacks: dict[str, str] = field(default_factory=dict)
    """Package that has to be added, by what needs it; an added package has one release, which holds."""
    late: int = 0
    """Days for which nothing works at first: the Python is too new."""
    tried: int = 0

    first_day = FIRST
    today = TODAY

    def releases(self, package: str) -> Sequence[Release]:
        days = [0, *sorted(self.days[package])]
        return [
            Release(version=Version(f"{n + 1}.0"), day=FIRST + timedelta(days=day), requires_python=None, yanked=False)
            for n, day in enumerate(days)
        ]

    def trial(self, constraints: Sequence[str], day: date | None = None, added: Sequence[str] = ()) -> Trial:
        self.tried += 1
        versions = {}
        for package in self.days:
            held = [Requirement(each).specifier for each in constraints if Requirement(each).name == package]
            there = [
                each.version
                for each in self.releases(package)
                if each.day <= (day or TODAY) and all(specifier.contains(each.version) for specifier in held)
            ]
            if not there:
                return Trial(symptom=Symptom(name="uninstallable", text="no such set"), versions={})
            versions[package] = str(max(there))
        missing = next((each for needer, each in self.lacks.items() if needer in versions and each not in added), None)
        if missing is not None:
            return Trial(symptom=Symptom(name=missing, text=f"no {missing}", provider=missing), versions=versions)
        return Trial(symptom=self.symptom(versions, day), versions=versions)

    def symptom(self, versions: dict[str, str], day: date | None) -> Symptom | None:
        if (day or TODAY) < FIRST + timedelta(days=self.late):
            return Symptom(name="too early", text="too early")
        for package, number in self.breaks.items():
            if number <= Version(versions[package]).major < self.mends.get(package, 1000):
                suspects = () if self.silent else (package,)
                return Symptom(name=f"broken {package}", text=f"{package} broke it", suspects=suspects)
        return None


@st.composite
def worlds(draw: st.DrawFn) -> World:
    names = ["apple", "berry", "cherry", "date"]
    days = {name: draw(st.lists(st.integers(1, 363), min_size=1, max_size=6, unique=True)) for name in names}
    broken = draw(st.lists(st.sampled_from(names), unique=True))
    breaks = {name: draw(st.integers(2, len(days[name]) + 1)) for name in broken}
    mends = {name: draw(st.integers(number + 1, 12)) for name, number in breaks.items() if draw(st.booleans())}
    return World(days=days, breaks=breaks, mends=mends, silent=draw(st.booleans()))


def other_pair(pins: Sequence[Pin], *added: AddedPackage) -> PinSet:
    return PinSet(
        scrapy="1.0",
        python="3.13",
        platform="linux",
        state=PinState.HELD_BACK if pins or added else PinState.NOTHING_NEEDED,
        pins=tuple(pins),
        added=added,
        stopped_by=None,
        found=TODAY,
        latest="",
    )


def constraints(pins: Sequence[Pin]) -> list[str]:
    return [pin.requirement for pin in pins]


@pytest.mark.slow
@given(worlds())
def test_with_the_pins_it_works_and_without_any_of_them_it_does_not(world: World) -> None:
    found = find_pins(world)
    assert found.stopped_by is None
    assert world.trial(constraints(found.pins)).symptom is None
    for pin in found.pins:
        assert world.trial(constraints([each for each in found.pins if each != pin])).symptom is not None


@pytest.mark.slow
@given(worlds())
def test_each_pin_names_the_release_that_broke_it_with_its_day_and_error(world: World) -> None:
    for pin in find_pins(world).pins:
        number = world.breaks[pin.package]
        assert pin.release == f"{number}.0"
        assert pin.day == world.releases(pin.package)[number - 1].day
        assert pin.error == f"{pin.package} broke it"


@pytest.mark.slow
@given(worlds())
def test_what_another_pair_has_found_is_tried_first_and_proved(world: World) -> None:
    alone = find_pins(world)
    cost = world.tried
    world.tried = 0
    needless = Pin(requirement="date<1.5", day=FIRST, error="elsewhere")
    assert find_pins(world, [other_pair(alone.pins)]).pins == alone.pins
    assert world.tried <= cost
    if "date" not in world.breaks:
        assert find_pins(world, [other_pair((*alone.pins, needless))]).pins == alone.pins


def test_a_pin_of_another_pair_that_is_lower_than_needed_is_raised_to_the_release_that_breaks_it_here() -> None:
    world = World(days={"apple": [10, 20, 30, 40]}, breaks={"apple": 4})
    (pin,) = find_pins(world, [other_pair([Pin(requirement="apple<2.0", day=FIRST, error="another one")])]).pins
    assert pin.release == "4.0"


def test_where_no_day_is_known_on_which_it_worked_the_pins_of_others_are_put_together_by_symptom() -> None:
    world = World(days={"apple": [10, 20], "berry": [15]}, breaks={"apple": 3, "berry": 2}, late=360)
    hints = [
        other_pair([Pin(requirement="cherry<1.0", day=FIRST, error="of no use here")]),
        other_pair([Pin(requirement="cherry<2.0", day=FIRST, error="of no use here")]),
        other_pair([Pin(requirement="apple<3.0", day=FIRST, error="apple broke it")]),
        other_pair([Pin(requirement="berry<2.0", day=FIRST, error="berry broke it")]),
    ]
    world.days["cherry"] = []
    assert constraints(find_pins(world, hints).pins) == ["apple<3.0", "berry<2.0"]


def test_where_neither_a_day_nor_a_hint_helps_the_releases_of_what_the_traceback_names_are_tried() -> None:
    world = World(days={"apple": [10, 20], "berry": [15, 30, 45]}, breaks={"apple": 3, "berry": 2}, late=360)
    assert constraints(find_pins(world).pins) == ["apple<3.0", "berry<2.0"]


def test_what_cannot_be_helped_says_what_was_seen() -> None:
    world = World(days={"apple": [10, 20]}, breaks={"apple": 1})
    found = find_pins(world)
    assert found.pins == ()
    assert found.stopped_by == "apple broke it"


def test_a_gap_between_two_symptoms_of_one_package_is_named_by_its_two_releases() -> None:
    class Gap(World):
        """Up to 3.0 the package does not fit the Python, from 4.0 on it does not fit Scrapy."""

        def symptom(self, versions: dict[str, str], day: date | None) -> Symptom | None:
            old = Version(versions["apple"]).major <= 3
            return Symptom(name="old" if old else "new", text="too old" if old else "too new", suspects=("apple",))

    world = Gap(days={"apple": [10, 20, 30, 40, 50]}, breaks={})
    found = find_pins(world, [other_pair([Pin(requirement="apple<2.0", day=FIRST, error="too new")])])
    assert found.stopped_by == "no release of apple helps: up to 3.0 too old; from 4.0 on too new"


def test_a_package_that_others_hold_too_far_back_is_held_back_less() -> None:
    class Window(World):
        """Only 3.0 and 4.0 work."""

        def symptom(self, versions: dict[str, str], day: date | None) -> Symptom | None:
            number = Version(versions["apple"]).major
            if 3 <= number <= 4:
                return None
            name = "too old" if number < 3 else "too new"
            return Symptom(name=name, text=name, suspects=("apple",))

    world = Window(days={"apple": [10, 20, 30, 40, 50]}, breaks={})
    (pin,) = find_pins(world, [other_pair([Pin(requirement="apple<2.0", day=FIRST, error="too new")])]).pins
    assert (pin.release, pin.error) == ("5.0", "too new")


@pytest.mark.parametrize("change", range(1, 12))
def test_the_boundary_is_the_first_number_that_does_not_hold(change: int) -> None:
    assert boundary(lambda number: number < change, 0, 11) == change


def test_what_brings_a_missing_module_is_added_and_what_it_needs_is_held_back() -> None:
    world = World(days={"apple": [10, 20], "berry": [30]}, breaks={"apple": 3}, lacks={"berry": "cgi-again"})
    found = find_pins(world)
    assert [pin.requirement for pin in found.pins] == ["apple<3.0"]
    assert found.added == (AddedPackage(package="cgi-again", error="no cgi-again"),)
    assert found.stopped_by is None


def test_what_another_pair_adds_is_not_added_where_nothing_needs_it() -> None:
    world = World(days={"apple": [10, 20]}, breaks={"apple": 3})
    found = find_pins(world, [other_pair((), AddedPackage(package="cgi-again", error="no cgi-again"))])
    assert [pin.requirement for pin in found.pins] == ["apple<3.0"]
    assert found.added == ()
