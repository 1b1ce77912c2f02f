"""Pins for pairs of Scrapy and Python: side by side, resumed, each learning from the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from harness.experiments.lab import Lab
from harness.experiments.pins.constraint_files import write_constraint_file
from harness.experiments.pins.lab_trials import LATEST, LabTrials, planned_trials, today
from harness.experiments.pins.pin_search import find_pins
from harness.infra.errors import ConfigurationError
from harness.infra.files import cache_errors, write_whole
from harness.infra.packages.releases import ReleaseList
from harness.interpreters.interpreter import Interpreters
from harness.matrix.axes import Python, Scrapy
from harness.matrix.pin_sets import PinSet, PinState
from harness.matrix.pins_file import pins_toml, read_pins
from harness.matrix.spec import MatrixSpec
from harness.scenarios.parse import ScenarioFile

Pair = tuple[Scrapy, Python]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDone:
    """One pair is done."""

    pins: PinSet
    trials: int
    """How many environments were made and tried."""
    seconds: float
    known: bool
    """Whether it stands from before, since pip gives today what it gave then."""
    file: Path


def pairs_of(spec: MatrixSpec, scrapy: str | None, pythons: Collection[str], platform: str) -> list[Pair]:
    """The pairs of a release with some Pythons, None and none for all, but those that do not go together.

    `ConfigurationError` where there is none.
    """
    latest = next(each for each in spec.profiles if each.name == LATEST)
    found = [
        (release, each)
        for release in spec.scrapys
        for each in spec.pythons
        if release.first is not None
        and (scrapy is None or scrapy == release.label)
        and (not pythons or each.key in pythons)
        and spec.exclusion(platform, each, release, latest) is None
    ]
    if not found:
        raise ConfigurationError(
            value=" ".join([f"--scrapy {scrapy}"] * (scrapy is not None) + [f"--python {each}" for each in pythons]),
            cause="the matrix has no such pair that can be installed",
            action="take releases and Pythons of matrix.toml that go together",
        )
    return found


class PinSearches:
    """Finds and writes the pins of pairs."""

    def __init__(
        self,
        spec: MatrixSpec,
        scenarios: dict[str, ScenarioFile],
        interpreters: Interpreters,
        lab: Lab,
        *,
        index: str,
        platform: str,
        reports: Path,
        own: bool = False,
    ) -> None:
        """`own`: scenarios of users have to pass as well. That is another question, whose answer is not kept."""
        if spec.pins_file is None:
            raise ConfigurationError(
                value="matrix.toml", cause="names no file for pins", action='add pins = "pins.toml" at its top'
            )
        self._spec = spec
        self._file = spec.pins_file
        self._scenarios = scenarios
        self._interpreters = interpreters
        self._lab = lab
        self._index = ReleaseList(index)
        self._platform = platform
        self._reports = reports
        self._own = own
        self._known = dict(spec.pins)
        self._writing = threading.Lock()

    def find(self, pairs: Sequence[Pair], *, jobs: int, fresh: bool, tell: Callable[[PairDone], None]) -> None:
        """Find the pins of each pair, `jobs` at a time, and write them as they are found.

        Unless `fresh`, what is known stands where pip gives the same as then. `tell` is called from this thread.
        Raises `HarnessError`; what was found until then is written.
        """
        with ThreadPoolExecutor(jobs, "pins") as pool:
            futures = [pool.submit(self._one, *pair, fresh=fresh) for pair in _in_order(pairs)]
            try:
                for future in as_completed(futures):
                    tell(future.result())
            except BaseException:
                self._lab.cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _one(self, scrapy: Scrapy, python: Python, *, fresh: bool) -> PairDone:
        started = time.monotonic()
        planned, era = planned_trials(self._spec, self._scenarios, scrapy, python, self._platform)
        bench = LabTrials(
            planned=planned,
            era=era,
            lab=self._lab,
            index=self._index,
            language=self._interpreters.found[python.key].version,
            first_day=self._spec.cutoff(scrapy) or today(),
            today=today(),
        )
        known = self._known.get((scrapy.label, python.key))
        if not (fresh or self._own) and known is not None and known.latest == bench.latest_hash():
            return self._told(known, bench, started, known=True)
        found = find_pins(bench, self._hints(scrapy, python))
        state = PinState.HELD_BACK if found.pins or found.added else PinState.NOTHING_NEEDED
        pins = PinSet(
            scrapy=scrapy.label,
            python=python.key,
            platform=self._platform,
            state=state if found.stopped_by is None else PinState.STOPPED,
            pins=found.pins,
            added=found.added,
            stopped_by=found.stopped_by,
            found=bench.today,
            latest=bench.latest_hash(),
        )
        if not self._own:
            self._keep(pins)
        return self._told(pins, bench, started, known=False)

    def _keep(self, pins: PinSet) -> None:
        """Write down what was found beside what is written there; what ships stays where it is."""
        found = {(pins.scrapy, pins.python): pins}
        with self._writing:
            self._known |= found
            with cache_errors(self._file):
                write_whole(self._file, pins_toml({**read_pins(self._file), **found}.values()))

    def _told(self, pins: PinSet, bench: LabTrials, started: float, *, known: bool) -> PairDone:
        file = write_constraint_file(pins, self._reports)
        seconds = time.monotonic() - started
        return PairDone(pins=pins, trials=bench.trials, seconds=seconds, known=known, file=file)

    def _hints(self, scrapy: Scrapy, python: Python) -> list[PinSet]:
        """What other pairs need, each once: of the same Scrapy first, then of the nearest releases."""

        def distance(known: PinSet) -> tuple[bool, int, int]:
            return (
                known.scrapy != scrapy.label,
                abs(_minor(known.scrapy) - _minor(scrapy.label)),
                abs(_minor(known.python) - _minor(python.key)),
            )

        with self._writing:
            others = [each for each in self._known.values() if each.state is PinState.HELD_BACK]
        return list({(each.pins, each.added): each for each in sorted(others, key=distance, reverse=True)}.values())[
            ::-1
        ]


def _minor(version: str) -> int:
    return Version(version.removeprefix("pypy")).minor


def _in_order(pairs: Sequence[Pair]) -> list[Pair]:
    """What is easy first, for the others to learn from: an old release on the newest of the Pythons of its time."""

    def key(pair: Pair) -> tuple[bool, Version, bool, int]:
        scrapy, python = pair
        assert scrapy.released is not None
        of_its_time = python.released <= scrapy.released
        place = -python.language.minor if of_its_time else python.language.minor
        return (python.version is None, scrapy.version, not of_its_time, place)

    return sorted(pairs, key=key)


def with_teachers(spec: MatrixSpec, pairs: Sequence[Pair], found: Collection[str]) -> list[list[Pair]]:
    """`pairs`, and before them what they have to learn from.

    On a Python newer than a release's time there is no day on which that release worked. So the newest Python of its
    time comes first, unless pins for that release are known.
    """
    teachers: dict[tuple[str, str], Pair] = {}
    for scrapy, python in pairs:
        end = spec.cutoff(scrapy)
        known = any(each.scrapy == scrapy.label and each.pins for each in spec.pins.values())
        if end is None or known or python.released <= end:
            continue
        of_its_time = [
            each
            for each in spec.pythons
            if each.version is not None and each.released <= end and scrapy.allows(each) and each.key in found
        ]
        if of_its_time:
            newest = max(of_its_time, key=lambda each: each.language)
            teachers[scrapy.label, newest.key] = (scrapy, newest)
    left = [pair for pair in pairs if (pair[0].label, pair[1].key) not in teachers]
    return [group for group in (list(teachers.values()), left) if group]
