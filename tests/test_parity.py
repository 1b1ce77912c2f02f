"""Batches and processes of their own give the same table, cell for cell, from Scrapy 2.0 to 2.19."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.results import CellResult
from tests import real

pytestmark = [pytest.mark.index, pytest.mark.timeout(900)]

# Python, Scrapy, profile, lanes, every how many cells: each release, each lane and each helper has its turn.
ENVIRONMENTS = [
    ("3.6", "2.0.1", "era", ("epoll", "asyncio-default"), 5),
    ("3.8", "2.5.1", "era", ("select", "asyncio-selector"), 5),
    ("3.10", "2.8.0", "era", ("poll", "asyncio-uvloop"), 5),
    ("3.12", "2.12.0", "era", ("default", "asyncio-default"), 5),
    ("3.12", "2.13.4", "latest", ("epoll", "asyncio-uvloop"), 5),
    ("3.13", "2.19.0", "latest", ("asyncio-rloop", "none-default", "none-uvloop"), 5),
]


def seen(results: list[CellResult]) -> dict[str, object]:
    return {
        result.key.id: (result.outcome, result.mechanism, result.detail, result.close, result.facts)
        for result in results
    }


@pytest.mark.parametrize(("python", "scrapy", "profile", "lanes", "every"), ENVIRONMENTS)
def test_a_batch_and_isolated_cells_give_the_same_table(
    cache: Path, python: str, scrapy: str, profile: str, lanes: tuple[str, ...], every: int
) -> None:
    planned = next(env for env in real.plan_of(python, scrapy, profile, lanes).environments if env.status is None)
    overlays = sorted({overlay for lane in planned.lanes for overlay in lane.overlays})
    provided = real.provide(cache, planned, overlays)
    batches = [
        # The batch holds all cells; alone are run some, another share of each lane.
        (real.batch_of(lane.name, lane.cells, [provided.overlays[name] for name in lane.overlays]), number)
        for number, lane in enumerate(planned.lanes)
    ]
    together, _ = real.run_cells(provided, [batch for batch, _ in batches])
    some = [real.batch_of(batch.lane.name, batch.cells[number::every], batch.path) for batch, number in batches]
    alone, _ = real.run_cells(provided, some, isolate=True, deadline=10)
    assert len(together) == sum(len(batch.cells) for batch, _ in batches)
    assert len(alone) == sum(len(batch.cells) for batch in some)
    assert all(result.isolated for result in alone)
    found = seen(together)
    assert {cell: found[cell] for cell in seen(alone)} == seen(alone)
