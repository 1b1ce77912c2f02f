"""Finds the package that did it: those that the cell's error names are bisected first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from harness.analysis.minimal_pairs import hides
from harness.experiments.any_release import SCRAPY
from harness.experiments.bisect.step_results import Bisection, StepResult
from harness.experiments.bisect.steps import BisectAxes, OwnEnvironment
from harness.experiments.pins.traceback_packages import provider_of, suspects
from harness.infra.errors import ConfigurationError
from harness.model.outcome import Outcome

PACKAGE = "package"
"""The axis that stands for whichever package it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSearch:
    """What came of the search for a package."""

    named: tuple[str, ...]
    """Packages that the cell's error names, most telling first."""
    searches: tuple[Bisection, ...]
    """In the order in which they were made."""
    skipped: tuple[str, ...]
    """Packages of which there is nothing to try."""
    found: Bisection | None
    """The last of the searches, with those of its changes that tell, if it found what changes the cell."""

    @property
    def others(self) -> int:
        """How many more changes the last search found, which say nothing of the cell's own result."""
        return 0 if self.found is None else len(self.searches[-1].changes) - len(self.found.changes)

    @property
    def trials(self) -> int:
        """How many environments the cell was run in, its own too."""
        return 1 + sum(len(search.tried) for search in self.searches)


def find_package(axes: BisectAxes, bisect: Callable[[str], Bisection]) -> PackageSearch:
    """Bisect one package after the other until one changes the cell: those that its error names, then all others.

    A package that the error names is found where with another release the cell does not end in this way, nor earlier;
    any other where the cell passes. `bisect` bisects along one.
    Raises `ConfigurationError` where the cell passes, `IndexUnavailableError`.
    """
    own = axes.own_environment()
    result = _result(own)
    if result[0] is Outcome.PASS:
        raise ConfigurationError(
            value=f"--axis {PACKAGE}",
            cause=f"{axes.cell.id} passes here, so no error names a package",
            action="name a package, or take a cell that fails",
        )
    named = tuple(package for package in _named(own) if package in own.packages)
    searches: list[Bisection] = []
    skipped: list[str] = []
    for package in _in_order(named, own):
        try:
            search = bisect(package)
        except ConfigurationError:
            skipped.append(package)  # No release of it may be taken.
            continue
        searches.append(search)
        changes = tuple(pair for pair in search.changes if _tells(pair, result, named=package in named))
        if changes:
            found = replace(search, changes=changes)
            return PackageSearch(named=named, searches=tuple(searches), skipped=tuple(skipped), found=found)
    return PackageSearch(named=named, searches=tuple(searches), skipped=tuple(skipped), found=None)


def _result(own: OwnEnvironment) -> tuple[Outcome, str | None]:
    if own.seen.cells:
        return own.seen.cells[0].outcome, own.seen.cells[0].mechanism
    status = own.seen.environment.status
    return Outcome.NOT_RUN if status is None else status, None


def _named(own: OwnEnvironment) -> Iterator[str]:
    """What the error of the cell names; where that is in Scrapy alone, nothing."""
    error = own.seen.environment.detail or ""
    if own.seen.cells:
        cell = own.seen.cells[0]
        error = (cell.evidence.exception if cell.evidence is not None else "") or cell.detail or error
    provider = provider_of(error)
    if provider is not None:
        yield provider
    yield from (package for package in suspects(error, own.owners, SCRAPY) if package != provider)


def _in_order(named: Iterable[str], own: OwnEnvironment) -> Iterator[str]:
    """The packages in the order in which they are tried: named ones, those that Scrapy declares, the others."""
    declared = sorted(own.packages & own.declared.keys())
    yield from (each for each in dict.fromkeys([*named, *declared, *sorted(own.packages)]) if each != SCRAPY)


def _tells(pair: tuple[StepResult, StepResult], own: tuple[Outcome, str | None], *, named: bool) -> bool:
    """Whether a change is one of the cell's own result into one that says something of it."""
    results = [(side.outcome, side.mechanism) for side in pair]
    if own not in results:
        return False
    other = results[1 - results.index(own)]
    return other[0] is Outcome.PASS or (named and not hides(own, other))
