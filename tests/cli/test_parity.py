"""Batches and processes of their own give the same table, cell for cell, from Scrapy 2.0 to 2.19."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest

from harness.infra.resources import scenarios_dir
from harness.model.result import CellResult
from harness.plan.plan_records import PlannedEnvironment
from harness.scenarios.catalogue import load_scenarios
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(900)]

LOOPS = ("asyncio-rloop", "none-default", "none-uvloop")
# Python, Scrapy, profile, lanes, every how many cells: each release, each lane and each helper has its turn.
ENVIRONMENTS = [
    pytest.param("3.6", "2.0.1", "era", ("epoll", "asyncio-default"), 10, marks=pytest.mark.python36),
    pytest.param("3.8", "2.5.1", "era", ("select", "asyncio-selector"), 10, marks=pytest.mark.python38),
    pytest.param("3.10", "2.8.0", "era", ("poll", "asyncio-uvloop"), 10, marks=pytest.mark.python310),
    pytest.param(live.SOME, "2.12.0", "era", ("default", "asyncio-default"), 10, marks=pytest.mark.some_python),
    (live.HERE, "2.13.4", "latest", ("epoll", "asyncio-uvloop"), 10),
    pytest.param(live.SOME, "2.19.0", "latest", LOOPS, 10, marks=pytest.mark.some_python),
]


def seen(results: list[CellResult]) -> dict[str, object]:
    return {
        result.key.id: (result.outcome, result.mechanism, result.detail, result.close, result.facts)
        for result in results
    }


# For all that is not a plain callback: places, ways to start, libraries. Each has its turn in one of these.
OTHERS = [
    ("3.8", "2.6.3", "era", ("default", "asyncio-default")),
    (live.HERE, "2.13.4", "latest", ("select", "asyncio-uvloop")),
    (live.SOME, "2.19.0", "latest", ("asyncio-default", "none-default")),
]


@pytest.mark.parametrize(("python", "scrapy", "profile", "lanes", "every"), ENVIRONMENTS)
def test_a_batch_and_isolated_cells_give_the_same_table(
    cache: Path, python: str, scrapy: str, profile: str, lanes: tuple[str, ...], every: int
) -> None:
    (planned,) = live.plan_of(python, scrapy, profile, lanes).environments
    assert_same_table(cache, planned, every)


@functools.cache
def shares() -> tuple[list[str], ...]:
    """Scenarios for each of `OTHERS`, in turn: every one that any of them can be asked is asked of one."""
    names = [name for name, scenario in load_scenarios([scenarios_dir()]).items() if not scenario.info.core]
    asked = [scenarios_of(live.plan_of(*environment, names).environments[0]) for environment in OTHERS]
    found: tuple[list[str], ...] = tuple([] for _ in OTHERS)
    for turn, name in enumerate(names):
        able = [share for share, scenarios in zip(found, asked, strict=True) if name in scenarios]
        if able:
            able[turn % len(able)].append(name)
    return found


def scenarios_of(planned: PlannedEnvironment) -> set[str]:
    return {scenario for lane in planned.lanes if lane.status is None for scenario, _ in lane.cells}


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(0, id="2.6.3", marks=pytest.mark.python38),
        pytest.param(1, id="2.13.4"),
        pytest.param(2, id="2.19.0", marks=pytest.mark.some_python),
    ],
)
def test_so_do_places_programs_and_libraries(cache: Path, number: int) -> None:
    (planned,) = live.plan_of(*OTHERS[number], shares()[number]).environments
    assert_same_table(cache, planned, every=20)


@pytest.mark.posix("fork")
def test_forked_children_and_processes_started_from_scratch_give_the_same_table(cache: Path) -> None:
    lanes = ("epoll", "asyncio-default")
    asked = ["callback_*", "spidermw_*_output", "start_crawler_runner*"]
    (planned,) = live.plan_of(live.HERE, "2.13.4", "latest", lanes, asked).environments
    provided = live.provide(cache, planned)
    sick = ("callback_pending", "hangs", "dies", "callback_nested", "exits", "leaves_errors")
    batches = (
        *live.batches_of(planned, provided),
        *(live.batch_of(lane, [(name, "maybe_deferred_to_future") for name in sick]) for lane in lanes),
    )
    forked, _ = live.run_cells(provided, batches, scenarios=[live.SICK], fork=True)
    spawned, _ = live.run_cells(provided, batches, scenarios=[live.SICK], fork=False)
    assert len(spawned) == sum(len(batch.cells) for batch in batches) > 100
    assert seen(spawned) == seen(forked)


def assert_same_table(cache: Path, planned: PlannedEnvironment, every: int) -> None:
    """All cells in batches, and some alone: another share of each batch."""
    overlays = sorted({overlay for lane in planned.lanes for overlay in lane.overlays})
    provided = live.provide(cache, planned, overlays)
    batches = live.batches_of(planned, provided)
    together, _ = live.run_cells(provided, batches)
    some = [
        replace(batch, cells=batch.cells[number % every :: every])
        for number, batch in enumerate(batches)
        if batch.cells[number % every :: every]
    ]
    alone, _ = live.run_cells(provided, some, isolate=True, deadline=10)
    assert len(together) == sum(len(batch.cells) for batch in batches)
    assert len(alone) == sum(len(batch.cells) for batch in some)
    assert all(result.isolated for result in alone)
    found = seen(together)
    assert {cell: found[cell] for cell in seen(alone)} == seen(alone)
