"""How fast the harness is, as ratios measured in one run; absolute seconds say more about the machine.

`nox -s bench` or `python benchmarks/speed.py [--python 3.12] [--scrapy 2.19.0]`. Packages have to be in uv's
cache already: the first thing it does is to put them there. Exits with 1 if a ratio misses its target.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.environments.provider import ProvidedEnvironment
from harness.infra.process import supervisor as process
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.work import Batch
from tests.support import live

CHEAPER_THAN_ISOLATED = 40
DEARER_THAN_ITS_PARTS = 3
SAMPLE = 16
"""Cells that are run as processes of their own; all of them would take many minutes."""


@dataclass(frozen=True)
class Ratio:
    """One figure and what it should be."""

    name: str
    value: float
    target: str
    met: bool

    def __str__(self) -> str:
        return f"{self.name:64} {self.value:8.2f}   target {self.target:8} {'met' if self.met else 'MISSED'}"


def timed(what: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def best_of(times: int, what: Callable[[], object]) -> float:
    """The least of several timings: what disturbs a measurement only ever adds to it."""
    return min(timed(what) for _ in range(times))


def make(planned: PlannedEnvironment, cache: Path) -> ProvidedEnvironment:
    """The environment with every overlay, in `cache`."""
    overlays = sorted({overlay for lane in planned.lanes for overlay in lane.overlays})
    return live.provide(cache, planned, overlays)


def made_anew(planned: PlannedEnvironment, cache: Path) -> ProvidedEnvironment:
    """The environment made again from its lock, as a first run with a warm uv cache makes it."""
    for folder in ("envs", "overlays", "bytecode"):
        shutil.rmtree(cache / folder, ignore_errors=True)
    return make(planned, cache)


def cell_ratio(provided: ProvidedEnvironment, batches: list[Batch]) -> Ratio:
    """One cell among all of an environment against the same as a process of its own, nothing beside them."""
    cells = sum(len(batch.cells) for batch in batches)
    together = best_of(2, lambda: live.run_cells(provided, batches, processes=1)) / cells
    batch = next(batch for batch in batches if batch.lane.name == "asyncio-default")
    some = Batch(number=0, lane=batch.lane, path=batch.path, cells=batch.cells[:: len(batch.cells) // SAMPLE])
    alone = timed(lambda: live.run_cells(provided, [some], isolate=True, processes=1)) / len(some.cells)
    print(f"a cell in a batch {together * 1000:.1f} ms, as a process of its own {alone * 1000:.0f} ms")
    value, least = alone / together, CHEAPER_THAN_ISOLATED
    return Ratio("a cell alone / the same cell in a batch", value, f">= {least}", value >= least)


def environment_ratio(planned: PlannedEnvironment, cache: Path) -> Ratio:
    """A new environment with all its cells against venv, import and one bare crawl a lane."""
    batches: list[Batch] = []

    def whole() -> None:
        provided = made_anew(planned, cache)
        batches[:] = list(live.batches_of(planned, provided))
        live.run_cells(provided, batches, processes=1)

    seconds = best_of(2, whole)
    venv = best_of(2, lambda: made_anew(planned, cache))
    provided = made_anew(planned, cache)
    assert provided.python is not None
    command = [provided.python, "-c", "import scrapy.crawler"]
    importing = timed(lambda: process.run(command, env=process.clean_environment(), deadline=120))
    start = best_of(3, lambda: live.run_cells(provided, [bare(batches[0])], processes=1))
    crawls = best_of(3, lambda: live.run_cells(provided, [bare(batch) for batch in batches], processes=1))
    # What a process of the kit takes to start was counted with the import already.
    bare_crawls = (crawls - start) * len(batches) / (len(batches) - 1)
    parts = venv + importing + bare_crawls
    cells = sum(len(batch.cells) for batch in batches)
    print(f"{cells} cells in {len(batches)} lanes: {seconds:.2f} s")
    print(f"venv {venv:.2f} + import {importing:.2f} + one bare crawl a lane {bare_crawls:.2f} = {parts:.2f} s")
    value, most = seconds / parts, DEARER_THAN_ITS_PARTS
    return Ratio("environment x lanes x scenarios x helpers / its parts", value, f"<= {most}", value <= most)


def bare(batch: Batch) -> Batch:
    """A crawl in that lane that asks the least there is."""
    return Batch(number=0, lane=batch.lane, path=batch.path, cells=(("callback_fired", "direct"),))


def main() -> int:
    """Measure, print, and say with the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=live.HERE)
    parser.add_argument("--scrapy", default="2.19.0")
    options = parser.parse_args()
    planned = next(env for env in live.plan_of(options.python, options.scrapy).environments if env.status is None)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        provided = make(planned, cache)
        batches = list(live.batches_of(planned, provided))
        live.run_cells(provided, batches, processes=1)
        ratios = [cell_ratio(provided, batches), environment_ratio(planned, cache)]
    for ratio in ratios:
        print(ratio)
    return 0 if all(ratio.met for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
