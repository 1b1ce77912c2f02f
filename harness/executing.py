"""Who runs the cells of a plan, put together from what a run was asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from harness.asking import Planned
from harness.budgeting import Machine
from harness.executors.local import LocalExecutor
from harness.executors.messages import Baggage
from harness.executors.rigs import Recipes, make_rig, recipe_of
from harness.interpreters.search import Interpreters, find_interpreters, install_missing
from harness.judge.verdicts import Judge
from harness.plan.model import Plan
from harness.run_options import RunOptions
from harness.runner.cellprocess import Kit
from harness.runner.execution import Executor
from harness.runner.fingerprints import FingerprintBasis
from harness.runner.server import loopback_server
from harness.runner.stopping import Stop
from harness.runner.workshop import Workshop
from harness.scenarios import kit_fingerprint
from harness.shipped import cache_directory
from harness.store.earlier import EarlierRuns
from harness.store.machine import machine_id


def wanted_interpreters(plan: Plan, *, install: bool) -> Interpreters:
    """The interpreters of the environments that are not excluded; with `install` uv tries what is missing."""
    wanted = dict.fromkeys(environment.python for environment in plan.environments if environment.status is None)
    found = find_interpreters(list(wanted))
    return install_missing(found) if install else found


def working_machine(plan: Plan, *, jobs: int, install: bool = False, isolate: bool = False) -> Machine:
    """This machine, `jobs` environments of a plan at once; with `install` uv tries what is missing for them."""
    parallel = min(jobs, os.cpu_count() or 1)
    missing = frozenset(wanted_interpreters(plan, install=install).missing)
    return Machine(id=machine_id(cache_directory()), parallel=parallel, missing=missing, isolate=isolate)


def baggage_of(planned: Planned, options: RunOptions, judge: Judge) -> Baggage:
    """What every machine that works on a run is told of it."""
    loaded = planned.loaded
    platforms = dict.fromkeys(environment.platform for environment in planned.plan.environments)
    recipes: Recipes = {
        platform: {lane.name: recipe_of(lane, platform) for lane in loaded.spec.lanes_of(platform)}
        for platform in platforms
    }
    basis = FingerprintBasis(
        kit=kit_fingerprint(loaded.folders[-1] / "kit"),
        scenarios={name: scenario.fingerprint for name, scenario in loaded.scenarios.items()},
        kinds={name: scenario.info.kind for name, scenario in loaded.scenarios.items()},
        lanes={lane.name: lane.settings for lane in loaded.spec.lanes},
        isolate=options.isolate,
    )
    return Baggage(basis=basis, judge=judge, recipes=recipes, deadline=options.deadline, refresh=options.upgrade)


@contextmanager
def executor_for(
    planned: Planned,
    options: RunOptions,
    baggage: Baggage,
    earlier: EarlierRuns | None,
    *,
    say: Callable[[str], object],
    stop: Stop,
) -> Iterator[tuple[Executor, Mapping[str, str]]]:
    """Who runs the cells, and what is missing: known at once, or when they have been run."""
    folders = planned.loaded.folders
    if options.cluster is not None:
        from harness.executors.dask import DaskExecutor

        whose = f"{machine_id(cache_directory())} {options.state.resolve()} {options.fresh}"
        known = earlier.marks if earlier is not None else lambda _: {}
        executor = DaskExecutor(options.cluster, baggage, folders, known=known, whose=whose, say=say)
        yield executor, executor.missing
        return
    interpreters = wanted_interpreters(planned.plan, install=options.install_pythons)
    rigs = {
        platform: make_rig(platform, recipes, interpreters, refresh=options.upgrade)
        for platform, recipes in baggage.recipes.items()
    }
    workshop = Workshop(
        rigs=rigs,
        basis=baggage.basis,
        is_unexpected=baggage.is_unexpected,
        isolate=options.isolate,
        deadline=options.deadline,
    )
    with loopback_server() as server:
        kit = Kit(scenarios=folders, server=server, cancelled=threading.Event())
        yield LocalExecutor(workshop, kit, jobs=options.jobs, stop=stop), interpreters.missing
