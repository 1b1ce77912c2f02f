"""Tries sets of packages for one Scrapy on one Python: makes the environment, and says whether Scrapy works in it.

It works when it imports, when every core scenario of the smoke plan passes, on the default reactor and on the asyncio
reactor, with `copied_maybe_deferred_to_future`, and when the command `scrapy` does what it is for: `version`, `list`,
`crawl` and `runspider`. That helper is the one way of awaiting that the documentation gives for all releases and all
reactors, and that passes all of them wherever the packages fit. Left out is `callback_shared`, which passes with
nothing. What is broken, hangs, crashes or fails in any of these cells is the symptom.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from functools import partial

import msgspec

from harness.environments.install import site_packages
from harness.environments.lockfiles import entries
from harness.environments.provider import ProvidedEnvironment
from harness.experiments.lab import Lab, TrialResult
from harness.experiments.pins.protocol import Symptom, Trial
from harness.experiments.pins.traceback_packages import modules_of, provider_of, suspects
from harness.infra.errors import HarnessError
from harness.infra.packages.index import IndexUnavailableError, Release
from harness.infra.packages.releases import ReleaseList
from harness.infra.resources import scenarios_dir
from harness.matrix.axes import Python, Scrapy
from harness.matrix.spec import MatrixSpec, PlanSpec
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import PlannedEnvironment
from harness.plan.planner import make_plan
from harness.plan.selection import Selection
from harness.scenarios.parse import ScenarioFile

HELPER = "copied_maybe_deferred_to_future"
LANES = ("default", "asyncio-default")
COMMANDS = ("start_command_line", "start_list_command")
"""Scenarios that run the command `scrapy`; they are asked in the first of the lanes."""
PASSES_WITH_NOTHING = frozenset({"callback_shared"})
_PLACE = re.compile(r" \(<environment>[^)]*\)")
LATEST, ERA = "latest", "era"
PROFILE = "trial"
"""Belongs to no matrix, so that no environment of a run is ever taken for one of these and removed."""


def planned_trials(
    spec: MatrixSpec, scenarios: Mapping[str, ScenarioFile], scrapy: Scrapy, python: Python, platform: str
) -> tuple[PlannedEnvironment, PlannedEnvironment]:
    """The environment of a pair as of today and as of its time, with the cells that have to pass.

    Scenarios of users have to pass, too: with the same helper, or else with the first that they name.
    """
    asked = {
        name: replace(scenario.info, core=True, helpers=(HELPER,) if HELPER in helpers else helpers[:1])
        for name, scenario in scenarios.items()
        if (helpers := scenario.info.helpers)
        and (scenario.path.parent != scenarios_dir() or (scenario.info.core and HELPER in helpers))
        and name not in PASSES_WITH_NOTHING
    }
    crawls = msgspec.structs.replace(spec.plans["smoke"].rules[0], pythons=(), releases=(), profiles=(), lanes=LANES)
    for name in COMMANDS:
        helpers = scenarios[name].info.helpers
        asked[name] = replace(scenarios[name].info, helpers=(HELPER,) if HELPER in helpers else helpers)
    rules = (crawls, msgspec.structs.replace(crawls, scenarios=COMMANDS, lanes=LANES[:1], core=False))
    narrow = replace(
        spec,
        pythons=(python,),
        scrapys=(scrapy,),
        plans={PROFILE: PlanSpec(description="what has to pass", rules=rules)},
    )
    plan = make_plan(narrow, plan=PROFILE, platforms=(platform,), scenarios=asked, selection=Selection())
    planned = {each.profile: replace(each, profile=PROFILE) for each in plan.environments}
    return planned[LATEST], planned[ERA]


@dataclass(slots=True, kw_only=True)
class LabTrials:
    """Tries packages for one pair and keeps what came of it, by what was locked: the same packages are tried once."""

    planned: PlannedEnvironment
    """Without pins."""
    era: PlannedEnvironment
    """The same as of its time."""
    lab: Lab
    index: ReleaseList
    language: str
    """The whole version of the interpreter."""
    first_day: date
    today: date
    trials: int = 0
    """Environments that were made and tried."""
    _tried: dict[str, Trial] = field(default_factory=dict, init=False)
    """By lock file."""
    _asked: dict[tuple[tuple[str, ...], date | None, tuple[str, ...]], Trial] = field(default_factory=dict, init=False)

    def releases(self, package: str) -> Sequence[Release]:
        """See `PackageTrials`."""
        return self.index.of(package, self.language)

    def latest_hash(self) -> str:
        """A short text that changes with what pip gives without pins. Raises as `trial`."""
        lock, reason = self.lab.lock(self.planned)
        return lock_hash(lock if reason is None else reason)

    def trial(self, constraints: Sequence[str], day: date | None = None, added: Sequence[str] = ()) -> Trial:
        """See `PackageTrials`. Raises `IndexUnavailableError` when it cannot be told what there is."""
        asked = (tuple(sorted(constraints)), day, tuple(added))
        if asked not in self._asked:
            planned = replace(self.planned if day is None else self._on(day), constraints=asked[0], additions=asked[2])
            lock, reason = self.lab.lock(planned)
            if reason is None:
                if lock not in self._tried:
                    self._tried[lock] = self._try(planned)
                self._asked[asked] = self._tried[lock]
            else:
                self._asked[asked] = Trial(symptom=Symptom(name="uninstallable", text=reason), versions={})
        return self._asked[asked]

    def _on(self, day: date) -> PlannedEnvironment:
        """The environment as of a day, with what the profile of that time needs for its packages to be had."""
        cutoff = day.isoformat()
        exempt = {package: until for package, until in self.era.exempt.items() if until > cutoff}
        return replace(self.planned, exclude_newer=cutoff, exempt=exempt, repacked=self.era.repacked)

    def _try(self, planned: PlannedEnvironment) -> Trial:
        self.trials += 1
        owners: dict[str, str] = {}
        seen = self.lab.run(planned, keep=False, isolate=False, look=partial(_look, owners))
        result = seen.environment
        if result.status is not None and result.status is Outcome.NOT_RUN:
            raise IndexUnavailableError(
                value=planned.id, cause=result.reason or "not run", action="try again when the index answers"
            )
        versions = {entry.name: entry.version for entry in entries(result.lock) if entry.version is not None}
        if result.status is Outcome.UNINSTALLABLE:
            return Trial(symptom=Symptom(name="uninstallable", text=str(result.reason)), versions={})
        return Trial(symptom=_symptom(seen, owners), versions=versions)


def lock_hash(lock: str) -> str:
    """A short text that changes with what is locked, or with why nothing can be."""
    pins = sorted(f"{entry.name}=={entry.version}" for entry in entries(lock)) or [lock]
    return hashlib.sha256(json.dumps(pins).encode()).hexdigest()[:16]


def _look(owners: dict[str, str], provided: ProvidedEnvironment) -> None:
    assert provided.directory is not None
    owners.update(modules_of(site_packages(provided.directory)))


def _symptom(seen: TrialResult, owners: Mapping[str, str]) -> Symptom | None:
    """What keeps these packages from working; None: they do."""
    if not seen.cells:
        raise HarnessError(
            value=seen.environment.id, cause="no cell was run", action="run again; if it stays, report it"
        )
    fine = {Outcome.PASS, Outcome.UNSUPPORTED}
    bad = next((cell for cell in _by_weight(seen.cells) if cell.outcome not in fine), None)
    if bad is None:
        return None
    traceback = bad.evidence.exception if bad.evidence is not None else ""
    name = f"{bad.outcome.value}: {bad.mechanism}"
    text = _PLACE.sub("", bad.detail or name)
    provider, named = provider_of(traceback), suspects(traceback, owners, "scrapy")
    if provider is not None and provider in owners.values():
        # A release that no longer has the module stands in no frame of the traceback.
        named = (provider, *named)
    return Symptom(name=name, text=text, suspects=named, provider=provider)


def _by_weight(cells: Sequence[CellResult]) -> list[CellResult]:
    """What says that nothing runs before what says that one thing does not; else by id: always in the same order."""
    return sorted(cells, key=lambda cell: (cell.outcome is not Outcome.BROKEN, cell.key))


def today() -> date:
    """The day in UTC, as the index counts."""
    return datetime.now(timezone.utc).date()
