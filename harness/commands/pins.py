"""The story of a search for pins: load, find interpreters, search, write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.experiments.any_release import SCRAPY, with_release_named
from harness.experiments.lab import open_lab
from harness.experiments.pins.pair_searches import Pair, PairDone, PinSearches, pairs_of, with_teachers
from harness.infra.errors import ConfigurationError
from harness.infra.machine_limits import require_open_files
from harness.infra.packages.index import configured_index
from harness.infra.packages.releases import ReleaseList
from harness.infra.platforms import current_platform
from harness.interpreters.interpreter import Interpreters
from harness.interpreters.search import find_interpreters
from harness.matrix.load import open_matrix
from harness.matrix.spec import MatrixSpec
from harness.scenarios.catalogue import load_scenarios, scenario_folders


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOptions:
    """What `scrapy-compat pins` was asked for."""

    scrapys: tuple[str, ...]
    """Releases, be they of the matrix or not; empty: those of the matrix."""
    pythons: tuple[str, ...]
    every: bool
    """All pairs of the matrix."""
    jobs: int
    fresh: bool
    deadline: float
    reports: Path
    matrix: Path | None
    scenarios: tuple[Path, ...]
    """Folders of one's own whose scenarios have to pass, too."""


def run_pins(options: PinOptions, tell: Callable[[PairDone], None]) -> Mapping[str, str]:
    """Find the pins that are asked for; `tell` hears of each pair. The interpreters that are missing, with the reason.

    Raises `HarnessError`; what was found until then is written.
    """
    if options.every == bool(options.scrapys or options.pythons):
        raise ConfigurationError(
            value="pins", cause="what to look for is not clear", action="write --scrapy and --python, or --all alone"
        )
    require_open_files(options.jobs)
    spec = open_matrix(options.matrix)
    found = find_interpreters([python.key for python in spec.pythons])
    asked = list(_asked(options, spec, found))
    keys = dict.fromkeys(python.key for _, pairs in asked for _, python in pairs)
    missing = {key: f"Python {key}: {found.missing[key]}" for key in keys if key in found.missing}
    scenarios = load_scenarios(scenario_folders(options.scenarios))
    with open_lab(spec, scenarios, found, deadline=options.deadline) as made:
        for with_release, pairs in asked:
            searches = PinSearches(
                with_release,
                scenarios,
                found,
                made,
                index=configured_index(),
                platform=current_platform(),
                reports=options.reports,
                own=bool(options.scenarios),
            )
            here = [pair for pair in pairs if pair[1].key in found.found]
            for group in with_teachers(with_release, here, found.found):
                searches.find(group, jobs=options.jobs, fresh=options.fresh, tell=tell)
    return missing


def _asked(options: PinOptions, spec: MatrixSpec, found: Interpreters) -> Iterator[tuple[MatrixSpec, list[Pair]]]:
    """Yield the pairs that are asked for, with a matrix that has their release. Raises as `pairs_of`."""
    if not options.scrapys:
        yield spec, pairs_of(spec, None, options.pythons, current_platform())
        return
    index = ReleaseList(configured_index())
    named = {scrapy.label for scrapy in spec.scrapys}
    for label in options.scrapys:
        made = spec
        if label not in named:
            # What is there for any of the Pythons: whether it goes together is said of the pair.
            releases = {each.version: each for python in found.found.values()
                        for each in index.of(SCRAPY, python.version)}  # fmt: skip
            made = with_release_named(spec, label, [releases[version] for version in sorted(releases)])
        yield made, pairs_of(made, label, options.pythons, current_platform())
