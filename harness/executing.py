"""Who runs the cells of a plan, put together from what a run was asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from harness.asking import Filters, Loaded, Planned, load, refuse_foreign, runnable_platforms
from harness.budgeting import Machine
from harness.executors.local import LocalExecutor
from harness.executors.messages import Baggage
from harness.interpreters.downloads import PythonDownloads, Say
from harness.judge.verdicts import Judge
from harness.plan.model import Plan
from harness.rigging import Stocks, pythons_of, recipes_of, rigs_of, stocks_of
from harness.run_options import RunOptions
from harness.runner.cellprocess import Kit
from harness.runner.execution import Executor
from harness.runner.fingerprints import FingerprintBasis
from harness.runner.server import loopback_server
from harness.runner.stopping import Stop
from harness.runner.workshop import Workshop
from harness.scenarios import kit_fingerprint
from harness.shards.terms import Part, part_of
from harness.shipped import cache_directory
from harness.store.earlier import EarlierRuns
from harness.store.machine import machine_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a run has to do, and what this machine has for it."""

    part: Part
    stocks: Stocks
    """Empty where a cluster runs the cells."""


@contextmanager
def planned_here(
    loaded: Loaded, plan: str, filters: Filters, *, downloads: PythonDownloads, say: Say, only_with_wine: bool = False
) -> Iterator[tuple[Planned, Stocks]]:
    """Give a plan as the filters narrow it, and what this machine has for it, for as long as the context lasts.

    One that adapts is adapted to the Pythons that are here; on platforms that cannot be run here it is literal. For
    `downloads`, `say` and `only_with_wine` see `stocks_of`, which is called once. Raises as that, and
    `ConfigurationError`.
    """
    wanted = {key: pythons for key, pythons in loaded.pythons(plan, filters).items() if key in runnable_platforms()}
    made = stocks_of(wanted, cache_directory(), downloads=downloads, say=say, only_with_wine=only_with_wine)
    with made as stocks:
        available = {platform: stock.interpreters.available.keys() for platform, stock in stocks.items()}
        yield loaded.planned(plan, filters, available), stocks


@contextmanager
def work_of(options: RunOptions, say: Say) -> Iterator[Work]:
    """Give what a run has to do, for as long as the context lasts; for `say` see `stocks_of`.

    A part of a plan that is split, and a plan for a cluster, are literal: they have to be the same on all machines.
    """
    loaded, filters = load(options.matrix, options.scenarios), options.filters
    downloads = options.downloads
    if options.cluster is None:
        refuse_foreign(filters.platforms(filters.over(loaded.known)))
    if options.cluster is None and options.shard is None:
        with planned_here(loaded, options.plan, filters, downloads=downloads, say=say) as (planned, stocks):
            yield Work(part=part_of(planned, filters, None), stocks=stocks)
        return
    part = part_of(loaded.planned(options.plan, filters), filters, options.shard)
    wanted = {} if options.cluster is not None else pythons_of(part.planned.plan)
    with stocks_of(wanted, cache_directory(), downloads=downloads, say=say) as stocks:
        yield Work(part=part, stocks=stocks)


def working_machine(plan: Plan, stocks: Stocks, *, jobs: int, isolate: bool = False) -> Machine:
    """Return this machine, `jobs` environments of a plan at once.

    Of a platform that is not in `stocks` it is not known what is missing.
    """
    return Machine(
        id=machine_id(cache_directory()),
        parallel=min(jobs, os.cpu_count() or 1),
        missing=frozenset(
            (platform, key)
            for platform, keys in pythons_of(plan).items()
            if platform in stocks
            for key in keys
            if key not in stocks[platform].interpreters.available
        ),
        isolate=isolate,
    )


def baggage_of(planned: Planned, options: RunOptions, judge: Judge) -> Baggage:
    """What every machine that works on a run is told of it."""
    loaded = planned.loaded
    recipes = recipes_of(planned.plan, loaded.spec)
    basis = FingerprintBasis(
        kit=kit_fingerprint(loaded.folders[-1] / "kit"),
        scenarios={name: scenario.fingerprint for name, scenario in loaded.scenarios.items()},
        kinds={name: scenario.info.kind for name, scenario in loaded.scenarios.items()},
        lanes={lane.name: lane.settings for lane in loaded.spec.lanes},
        own=tuple(name for name, scenario in loaded.scenarios.items() if scenario.path.parent != loaded.folders[-1]),
        isolate=options.isolate,
    )
    return Baggage(
        basis=basis,
        judge=judge,
        recipes=recipes,
        deadline=options.deadline,
        refresh=options.upgrade,
        memory=loaded.spec.memory,
    )


@contextmanager
def executor_for(
    planned: Planned,
    options: RunOptions,
    baggage: Baggage,
    stocks: Stocks,
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
    rigs = rigs_of(planned.plan, baggage.recipes, stocks, cache_directory(), refresh=options.upgrade)
    with loopback_server() as server:
        workshop = Workshop(
            rigs=rigs.by_platform,
            basis=baggage.basis,
            is_unexpected=baggage.is_unexpected,
            is_unclaimed=baggage.is_unclaimed,
            isolate=options.isolate,
            deadline=options.deadline,
        )
        kit = Kit(scenarios=folders, server=server, cancelled=threading.Event(), memory=planned.loaded.spec.memory)
        yield LocalExecutor(workshop, kit, jobs=options.jobs, stop=stop), rigs.missing
