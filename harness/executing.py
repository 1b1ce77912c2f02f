"""Who runs the cells of a plan, put together from what a run was asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from harness.asking import Planned, runnable_platforms
from harness.budgeting import Machine
from harness.executors.local import LocalExecutor
from harness.executors.messages import Baggage
from harness.interpreters.downloads import PythonDownloads
from harness.judge.verdicts import Judge
from harness.plan.model import Plan
from harness.rigging import recipes_of, rigs_of, stock_of
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
from harness.wine.programs import WineMissingError


def working_machine(
    plan: Plan,
    *,
    jobs: int,
    downloads: PythonDownloads = PythonDownloads.NEVER,
    say: Callable[[str], object] = str,
    isolate: bool = False,
) -> Machine:
    """This machine, `jobs` environments of a plan at once; for `downloads` and `say` see `stock_of`.

    Of a platform that cannot be run here it is not known what is missing.
    """
    parallel = min(jobs, os.cpu_count() or 1)
    missing: set[tuple[str, str]] = set()
    for platform in dict.fromkeys(environment.platform for environment in plan.environments):
        if platform in runnable_platforms():
            here = stock_of(plan, platform, cache_directory(), downloads=downloads, say=say)
            with suppress(WineMissingError), here as stock:
                missing |= {(platform, key) for key in stock.interpreters.missing}
    return Machine(id=machine_id(cache_directory()), parallel=parallel, missing=frozenset(missing), isolate=isolate)


def baggage_of(planned: Planned, options: RunOptions, judge: Judge) -> Baggage:
    """What every machine that works on a run is told of it."""
    loaded = planned.loaded
    recipes = recipes_of(planned.plan, loaded.spec)
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
    # Where cells were chosen for this machine, it has fetched before what it may.
    downloads = PythonDownloads.NEVER if options.wish.any else options.downloads
    cache, refresh = cache_directory(), options.upgrade
    made = rigs_of(planned.plan, baggage.recipes, cache, downloads=downloads, say=say, refresh=refresh)
    with made as rigs, loopback_server() as server:
        workshop = Workshop(
            rigs=rigs.by_platform,
            basis=baggage.basis,
            is_unexpected=baggage.is_unexpected,
            isolate=options.isolate,
            deadline=options.deadline,
        )
        kit = Kit(scenarios=folders, server=server, cancelled=threading.Event())
        yield LocalExecutor(workshop, kit, jobs=options.jobs, stop=stop), rigs.missing
