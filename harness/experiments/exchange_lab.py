"""Exchanges packages of a cell's environment for those of another one, and runs the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from harness.environments.install import site_packages
from harness.environments.lockfiles import entries
from harness.environments.provider import ProvidedEnvironment
from harness.experiments.any_release import SCRAPY
from harness.experiments.lab import Lab, TrialResult
from harness.experiments.package_exchange import ExchangeSearch, ExchangeTrial
from harness.experiments.pins.bounds import boundary
from harness.experiments.pins.lab_trials import PROFILE
from harness.experiments.pins.traceback_packages import modules_of, provider_of, suspects
from harness.infra.packages.index import IndexUnavailableError, Release
from harness.infra.packages.releases import ReleaseList
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedPackage:
    """A package that has to be exchanged, with the release that brought what is seen."""

    package: str
    before: str | None
    """The version with which the cell does not pass; None: it is not there."""
    after: str
    first_bad: str | None
    """The oldest release with which it does not pass; None: that was not looked for."""
    day: str | None
    """The day of that release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageAnswer:
    """Which packages make a cell pass."""

    partner: str
    """The environment whose packages were taken."""
    search: ExchangeSearch
    needed: tuple[ExchangedPackage, ...]
    """Together; empty: no exchange makes it pass."""


@dataclass(slots=True, kw_only=True)
class LabExchange:
    """The packages of the environment of one cell and those of another one."""

    planned: PlannedEnvironment
    """The environment with the one cell, as it is planned."""
    lab: Lab
    mine: Mapping[str, str]
    """Versions in that environment, by normalised name."""
    its: Mapping[str, str]
    """The same of the other one."""
    _owners: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def packages(self) -> list[str]:
        """Return the packages that the other one has in another version, or that only it has."""
        return [name for name, version in sorted(self.its.items())
                if name != SCRAPY and self.mine.get(name) != version]  # fmt: skip

    def trial(self, exchanged: frozenset[str]) -> ExchangeTrial:
        """Return what the cell gives with some packages exchanged, all others held, or where that cannot be, free.

        Raises `IndexUnavailableError`, `StorageError`.
        """
        return self.with_versions({name: self.its[name] for name in exchanged})

    def with_versions(self, versions: Mapping[str, str]) -> ExchangeTrial:
        """Return what the cell gives with these versions of some packages."""
        held = {**self.mine, **versions}
        reason: str | None = None
        for chosen in (held, versions):
            constraints = tuple(f"{name}=={version}" for name, version in sorted(chosen.items()) if name != SCRAPY)
            planned = replace(
                self.planned,
                profile=PROFILE,
                constraints=constraints,
                additions=(*self.planned.additions, *(name for name in versions if name not in self.mine)),
                exclude_newer=None,
            )
            lock, reason = self.lab.lock(planned)
            if reason is None:
                moved = [entry.name for entry in entries(lock)
                         if entry.name not in versions and entry.version != self.mine.get(entry.name)]  # fmt: skip
                seen = self.lab.run(planned, keep=False, isolate=True, look=partial(_look, self._owners))
                return self._trial(tuple(sorted(versions)), seen, tuple(moved))
        return ExchangeTrial(
            exchanged=tuple(sorted(versions)), outcome=Outcome.UNINSTALLABLE, mechanism=None, detail=reason
        )

    def _trial(self, exchanged: tuple[str, ...], seen: TrialResult, moved: tuple[str, ...]) -> ExchangeTrial:
        environment = seen.environment
        cell = next(iter(seen.cells), None)
        if cell is None:
            if environment.status is None or environment.status is Outcome.NOT_RUN:
                raise IndexUnavailableError(
                    value=environment.id,
                    cause=environment.reason or "the cell was not run",
                    action="run the same command again",
                )
            return ExchangeTrial(
                exchanged=exchanged, outcome=environment.status, mechanism=None, detail=environment.reason, moved=moved
            )
        traceback = (cell.evidence.exception if cell.evidence is not None else "") or environment.detail or ""
        return ExchangeTrial(
            exchanged=exchanged,
            outcome=cell.outcome,
            mechanism=cell.mechanism,
            detail=cell.detail,
            suspects=(*filter(None, [provider_of(traceback)]), *suspects(traceback, self._owners, SCRAPY)),
            moved=moved,
        )

    def brought_by(self, package: str, others: Mapping[str, str], releases: ReleaseList, python: str) -> Release | None:
        """Return the oldest release of a package, between its two versions, with which the cell does not pass.

        `others`: what has to be exchanged beside it. None where releases between the two cannot be told.
        """
        there = releases.of(package, python)
        labels = [str(each.version) for each in there]
        if self.mine.get(package) not in labels or self.its[package] not in labels:
            return None
        good, bad = labels.index(self.its[package]), labels.index(self.mine[package])
        if good >= bad:
            return None

        def passes(place: int) -> bool:
            return self.with_versions({**others, package: labels[place]}).passes

        return there[boundary(passes, good, bad)]


def _look(owners: dict[str, str], provided: ProvidedEnvironment) -> None:
    assert provided.directory is not None
    owners.update(modules_of(site_packages(provided.directory)))


def versions_of(lock: str) -> dict[str, str]:
    """Return the locked versions by normalised name."""
    return dict(_versions(lock))


def _versions(lock: str) -> Iterator[tuple[str, str]]:
    for entry in entries(lock):
        if entry.version is not None:
            yield entry.name, entry.version
