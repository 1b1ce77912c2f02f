"""The choice among the cells of a plan, by what earlier runs tell of them and of what they cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.version import Version

from harness.asking import Planned
from harness.judge.cells import Coordinates, Known
from harness.judge.claim import Claim
from harness.judge.verdicts import Judge, Verdict
from harness.plan.asked import Kind
from harness.plan.costs import ENVIRONMENT, LANE, Costs
from harness.plan.coverage import Wish
from harness.plan.model import Plan, PlannedLane
from harness.plan.pairs import Place
from harness.results import INCOMPLETE, CellKey, EnvironmentResult, Outcome
from harness.store.earlier import LOOKED_AT
from harness.store.records import CellRow
from harness.store.run_store import RunStore
from harness.store.runs import Runs
from harness.store.schema import RunMeta

_RELEASE = re.compile(r"\d+(\.\d+)+")
"""What is a release, and not the name of a branch."""
_SLOW = 1.0
"""Seconds from which on it is remembered what a cell took."""
_ENOUGH = 20.0
"""Seconds of work, by the constants, that a run must have done to tell how fast this machine is."""
_FACTORS = (0.25, 4.0)
"""A run may have waited for an index, or for another run: what it tells is believed within these bounds."""
_NEVER_STARTED = frozenset({Outcome.BROKEN, Outcome.UNINSTALLABLE, Outcome.MISSING_INTERPRETER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What works on a run."""

    id: str
    """Only times of this machine count."""
    parallel: int
    """How many processes work at the same time."""
    missing: frozenset[tuple[str, str]] = frozenset()
    """Platforms and Pythons that are not there."""
    isolate: bool = False
    """Whether every cell has a process of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What stored runs tell: of each cell and each environment the latest word."""

    unexpected: tuple[CellKey, ...]
    """Cells that were unexpected, which flaky ones are."""
    environments: Mapping[str, EnvironmentResult]
    factor: float
    """How much longer things took on this machine than the constants say."""
    slow: Mapping[CellKey, float]
    """Seconds of cells that took long."""


def narrowed(planned: Planned, wish: Wish, judge: Judge, runs: Runs, machine: Machine) -> Planned:
    """The plan with the cells that are chosen of it, and the order in which its environments are wanted.

    Raises `ConfigurationError` where nothing can be chosen, `StorageError` where a stored run cannot be read.
    """
    from harness.plan.choosing import Knowledge, choose

    plan = planned.plan
    past = past_of_cells(runs, judge, machine)
    releases = list(dict.fromkeys(environment.scrapy for environment in plan.environments))
    known = Knowledge(
        unexpected=(*past.unexpected, *_not_made(plan, past.environments, judge)),
        changed={"scrapy": changed_releases(judge.claims, releases)},
        doubtful=frozenset(_doubtful(plan, past.environments, machine.missing)),
    )
    kinds: dict[str, Kind] = {
        name: "program" if machine.isolate else scenario.info.kind
        for name, scenario in planned.loaded.scenarios.items()
    }
    costs = Costs(kinds=kinds, parallel=machine.parallel, factor=past.factor, slow=past.slow)
    chosen = choose(plan, wish, known, costs)
    return replace(planned, plan=chosen.plan, order=chosen.order)


def changed_releases(claims: Iterable[Claim], releases: Iterable[str]) -> frozenset[str]:
    """Those of some releases of Scrapy with which a claim begins, or no longer holds."""
    dated = sorted((Version(each), each) for each in releases if _RELEASE.fullmatch(each))
    found: set[str] = set()
    for claim in claims:
        found.update([each for version, each in dated if version.release[:2] >= claim.since.release][:1])
        if claim.until is not None:
            found.update([each for version, each in dated if version.release[:2] > claim.until.release][:1])
    return frozenset(found)


def past_of_cells(runs: Runs, judge: Judge, machine: Machine) -> Past:
    """What the latest runs tell, back to the latest whole one. Raises `StorageError`."""
    unexpected: list[CellKey] = []
    heard: set[CellKey] = set()
    environments: dict[str, EnvironmentResult] = {}
    factors: list[float] = []
    slow: dict[CellKey, float] = {}
    for store, meta in _latest(runs):
        environments = {**store.environments(locks=False), **environments}
        rows = [row for row in store.rows() if row.observation.outcome not in INCOMPLETE]
        unexpected += _unexpected(rows, judge, heard)
        if meta.machine == machine.id:
            slow = {**{_key(row): row.seconds for row in rows if row.seconds and row.seconds > _SLOW}, **slow}
            factors += _factor(meta, rows, machine.parallel)
        if not _is_whole(meta):
            # There is a run before it that may say something else of these.
            heard.update(map(_key, rows))
    factor = factors[0] if factors else 1.0
    return Past(unexpected=tuple(unexpected), environments=environments, factor=factor, slow=slow)


def _latest(runs: Runs) -> Iterator[tuple[RunStore, RunMeta]]:
    """The latest runs; the last of them is one of a whole plan that came to its end."""
    for run_id in list(reversed(runs.ids()))[:LOOKED_AT]:
        with runs.open(run_id) as store:
            meta = store.meta()
            yield store, meta
        if _is_whole(meta):
            return


def _is_whole(meta: RunMeta) -> bool:
    return not meta.narrowed and meta.finished is not None


def _key(row: CellRow) -> CellKey:
    return CellKey(*row[:4])


def _unexpected(rows: Iterable[CellRow], judge: Judge, heard: set[CellKey]) -> Iterator[CellKey]:
    """Those of some cells that are unexpected, and that no later run has spoken of."""
    for row in rows:
        key, seen = _key(row), row.observation
        facts = (None, None) if seen.facts is None else (seen.facts.reactor, seen.facts.loop)
        cell = Known(Coordinates.of(key), seen.outcome, seen.mechanism, seen.detail, *facts)
        if judge.verdict(cell) is Verdict.UNEXPECTED and key not in heard:
            yield key


def _factor(meta: RunMeta, rows: Sequence[CellRow], parallel: int) -> Iterator[float]:
    """How much longer a run took than the constants say; nothing where it did too little to tell."""
    own = [row for row in rows if row.origin == meta.id]
    work = ENVIRONMENT * len({row.environment for row in own}) + LANE * len({row[:2] for row in own})
    work += sum(row.seconds or 0.0 for row in own)
    if meta.finished is not None and work >= _ENOUGH:
        took = (datetime.fromisoformat(meta.finished[:-1]) - datetime.fromisoformat(meta.started[:-1])).total_seconds()
        least, most = _FACTORS
        yield min(most, max(least, took * parallel / work))


def _runnable(plan: Plan) -> Iterator[tuple[str, PlannedLane]]:
    for environment in plan.environments:
        if environment.status is None:
            yield from ((environment.id, lane) for lane in environment.lanes if lane.status is None)


def _not_made(plan: Plan, environments: Mapping[str, EnvironmentResult], judge: Judge) -> Iterator[CellKey]:
    """A cell of each lane of the environments that could not be made, where that is unexpected."""
    for name, lane in _runnable(plan):
        result = environments.get(name)
        if result is not None and result.status is not None and result.status in _NEVER_STARTED and lane.cells:
            key = CellKey(name, lane.name, *lane.cells[0])
            cell = Known(Coordinates.of(key), result.status, None, result.reason, None, None)
            if judge.verdict(cell) is Verdict.UNEXPECTED:
                yield key


def _doubtful(
    plan: Plan, environments: Mapping[str, EnvironmentResult], missing: frozenset[tuple[str, str]]
) -> Iterator[Place]:
    """Lanes of environments that could not be made, or whose overlay could not; those without interpreter."""
    absent = {each.id for each in plan.environments if (each.platform, each.python) in missing}
    for name, lane in _runnable(plan):
        result = environments.get(name)
        refused = result is not None and (
            (result.status is not None and result.status in _NEVER_STARTED)
            or any(each.name in lane.overlays and each.status is not None for each in result.overlays)
        )
        if name in absent or refused:
            yield Place(name, lane.name)
