"""This machine as one that works on a run: how much it does at once, and what it lacks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from harness.infra.platforms import runnable_platforms
from harness.infra.resources import cache_directory
from harness.interpreters.downloads import PythonDownloads, Say
from harness.plan.plan_records import Plan
from harness.runner.runtimes import Stocks, pythons_of, stocks_of
from harness.sampling.history import Machine
from harness.store.machine import machine_id
from harness.workspace import Filters, PlannedRun, Workspace


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


@contextmanager
def planned_here(
    loaded: Workspace,
    plan: str,
    filters: Filters,
    *,
    downloads: PythonDownloads,
    say: Say,
    only_with_wine: bool = False,
) -> Iterator[tuple[PlannedRun, Stocks]]:
    """Give a plan as the filters narrow it, and what this machine has for it, for as long as the context lasts.

    One that adapts is adapted to the Pythons that are here; on platforms that cannot be run here it is literal. For
    `downloads`, `say` and `only_with_wine` see `stocks_of`, which is called once. Raises as that, and
    `ConfigurationError`.
    """
    wanted = {key: pythons for key, pythons in loaded.pythons(plan, filters).items() if key in runnable_platforms()}
    made = stocks_of(wanted, cache_directory(), downloads=downloads, say=say, only_with_wine=only_with_wine)
    with made as stocks:
        available = {platform: available.interpreters.available.keys() for platform, available in stocks.items()}
        yield loaded.planned(plan, filters, available), stocks
