"""Narrows a plan to the cells that a request chooses, by what earlier runs tell of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.version import Version

from harness.judge.claim import Claim
from harness.judge.verdict import Judge, Verdict
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.plan.coverage import SamplingRequest
from harness.plan.plan_records import Plan, PlannedLane
from harness.plan.scenario_info import Kind
from harness.sampling.axis_pairs import EnvironmentLane
from harness.sampling.costs import Costs
from harness.sampling.history import Machine, run_history
from harness.store.run_directory import Runs
from harness.workspace import PlannedRun

_RELEASE = re.compile(r"\d+(\.\d+)+")
"""What is a release, and not the name of a branch."""


def narrowed(planned: PlannedRun, sampling: SamplingRequest, judge: Judge, runs: Runs, machine: Machine) -> PlannedRun:
    """The plan with the cells that are chosen of it, and the order in which its environments are wanted.

    Raises `ConfigurationError` where nothing can be chosen, `StorageError` where a stored run cannot be read.
    """
    from harness.sampling.sampler import Priorities, choose

    plan = planned.plan
    past = run_history(runs, judge, machine)
    releases = list(dict.fromkeys(environment.scrapy for environment in plan.environments))
    known = Priorities(
        unexpected=(*past.unexpected, *_not_made(plan, past.environments, judge)),
        changed={"scrapy": changed_releases(judge.claims, releases)},
        doubtful=frozenset(_doubtful(plan, past.environments, machine.missing)),
    )
    kinds: dict[str, Kind] = {
        name: "program" if machine.isolate else scenario.info.kind
        for name, scenario in planned.loaded.scenarios.items()
    }
    costs = Costs(kinds=kinds, parallel=machine.parallel, factor=past.factor, slow=past.slow)
    chosen = choose(plan, sampling, known, costs)
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


def _runnable(plan: Plan) -> Iterator[tuple[str, PlannedLane]]:
    for environment in plan.environments:
        if environment.status is None:
            yield from ((environment.id, lane) for lane in environment.lanes if lane.status is None)


def _not_made(plan: Plan, environments: Mapping[str, EnvironmentResult], judge: Judge) -> Iterator[CellKey]:
    """A cell of each lane of the environments that could not be made, where that is unexpected."""
    for name, lane in _runnable(plan):
        result = environments.get(name)
        status = _refusal(result)
        if result is not None and status is not None and lane.cells:
            key = CellKey(name, lane.name, *lane.cells[0])
            cell = KnownCell(CellCoordinates.of(key), status, None, result.reason, None, None)
            if judge.verdict(cell) is Verdict.UNEXPECTED:
                yield key


def _doubtful(
    plan: Plan, environments: Mapping[str, EnvironmentResult], missing: frozenset[tuple[str, str]]
) -> Iterator[EnvironmentLane]:
    """Lanes of environments that could not be made, or whose overlay could not; those without interpreter."""
    absent = {each.id for each in plan.environments if (each.platform, each.python) in missing}
    for name, lane in _runnable(plan):
        result = environments.get(name)
        refused = result is not None and (
            _refusal(result) is not None
            or any(each.name in lane.overlays and each.status is not None for each in result.overlays)
        )
        if name in absent or refused:
            yield EnvironmentLane(name, lane.name)


def _refusal(result: EnvironmentResult | None) -> Outcome | None:
    """Return why nothing could be run in an environment; None where it could, or was not looked at."""
    status = None if result is None else result.status
    refused = status is not None and (status.unusable or status is Outcome.MISSING_INTERPRETER)
    return status if refused else None
