"""The story of a search for pins: load, find interpreters, search, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.experiments.lab import open_lab
from harness.experiments.pins.pair_searches import PairDone, PinSearches, pairs_of, with_teachers
from harness.infra.errors import ConfigurationError
from harness.infra.machine_limits import require_open_files
from harness.infra.packages.index import configured_index
from harness.infra.platforms import current_platform
from harness.infra.resources import scenarios_dir
from harness.interpreters.search import find_interpreters
from harness.matrix.load import find_matrix, load_matrix
from harness.scenarios.catalogue import load_scenarios


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOptions:
    """What `scrapy-compat pins` was asked for."""

    scrapy: str | None
    python: str | None
    every: bool
    """All pairs of the matrix."""
    jobs: int
    fresh: bool
    deadline: float
    reports: Path
    matrix: Path | None


def run_pins(options: PinOptions, tell: Callable[[PairDone], None]) -> Mapping[str, str]:
    """Find the pins that are asked for; `tell` hears of each pair. The interpreters that are missing, with the reason.

    Raises `HarnessError`; what was found until then is written.
    """
    if options.every == (options.scrapy is not None or options.python is not None):
        raise ConfigurationError(
            value="pins", cause="what to look for is not clear", action="write --scrapy and --python, or --all alone"
        )
    require_open_files(options.jobs)
    spec = load_matrix(find_matrix(options.matrix))
    pairs = pairs_of(spec, options.scrapy, options.python, current_platform())
    found = find_interpreters([python.key for python in spec.pythons])
    asked = dict.fromkeys(each.key for _, each in pairs)
    missing = {key: f"Python {key}: {found.missing[key]}" for key in asked if key in found.missing}
    scenarios = load_scenarios([scenarios_dir()])
    with open_lab(spec, scenarios, found, deadline=options.deadline) as made:
        searches = PinSearches(
            spec,
            scenarios,
            found,
            made,
            index=configured_index(),
            platform=current_platform(),
            reports=options.reports,
        )
        here = [pair for pair in pairs if pair[1].key in found.found]
        for group in with_teachers(spec, here, found.found):
            searches.find(group, jobs=options.jobs, fresh=options.fresh, tell=tell)
    return missing
