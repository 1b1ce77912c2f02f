"""What more machines do to a run: a simulation over the recorded times of a real one, and what it is made from.

    python benchmarks/scale.py predict RUN.sqlite   # seconds for N workers
    python benchmarks/scale.py check                # the same against one and two real workers on this machine
    python benchmarks/scale.py limits RUN.sqlite    # what scheduler, network and store take

`check` exits with 1 where the simulation is further from the real workers than it should be.
"""

from __future__ import annotations

import argparse
import heapq
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from operator import itemgetter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from distributed import Client

from harness.executors.dask.messages import ResultsEvent, pack, unpack
from harness.sampling.costs import ENVIRONMENT, LANE
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore, Seconds
from tests.support import clusters, live

WORKERS = (1, 2, 3, 10, 30, 100, 300, 1000)
SLOTS = 3
"""Environments that a worker with two cores works on at once."""
SMALL = ["--plan", "full", "--python", live.HERE, "--profile", "latest", "--scrapy", ">=2.11"]
SMALL += ["--scenario", "callback_*", "--lane", "epoll,asyncio-default"]
BATCH = 400
"""Cells: about what one lane of the full plan has."""
NEAR = 0.25
"""How far a prediction may be from what was measured, as a part of it."""


def makespan(times: Sequence[float], slots: int) -> float:
    """Seconds until all is done when each of `times`, in their order, goes to the slot that is free first."""
    free = [0.0] * min(slots, max(1, len(times)))
    for seconds in times:
        heapq.heappush(free, heapq.heappop(free) + seconds)
    return max(free)


def in_order(store: RunStore, seconds: Mapping[str, Seconds], making: float) -> list[float]:
    """Seconds by environment in the order in which they are begun: those with the most cells first."""
    cells: dict[str, int] = {}
    for (environment, _, _), (_, count) in store.blocks().items():
        cells[environment] = cells.get(environment, 0) + count
    names = sorted(seconds, key=lambda name: cells.get(name, 0), reverse=True)
    return [seconds[name][0] + making + seconds[name][1] for name in names]


def shared_out(store: RunStore, slots: int) -> dict[str, Seconds]:
    """Seconds by environment of a run that did not record them: what it took, shared out by what each had to do.

    Of a lane that is its start and its slowest cell, since the cells of a crawl run side by side.
    """
    meta = store.meta()
    if meta.finished is None:
        sys.exit(f"run {meta.id}: it recorded no times and did not end")
    took = (_moment(meta.finished) - _moment(meta.started)).total_seconds()
    slowest: dict[tuple[str, str], float] = {}
    for row in store.rows():
        lane = (row.environment, row.lane)
        slowest[lane] = max(slowest.get(lane, 0.0), LANE + row.seconds if row.seconds is not None else 0.0)
    running: dict[str, float] = {}
    for (environment, _), seconds in slowest.items():
        running[environment] = running.get(environment, 0.0) + seconds
    unit = took * slots / sum(ENVIRONMENT + seconds for seconds in running.values())
    print(f"no times were recorded: {took:.0f} s of {slots} slots shared out by lanes and their slowest cells")
    return {name: (ENVIRONMENT * unit, seconds * unit) for name, seconds in running.items()}


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def opened(path: Path) -> RunStore:
    """The store of a run, which is only read."""
    return Runs(path.parent.parent).open(path.stem)


def predict(path: Path, workers: Sequence[int], slots: int, making: float) -> None:
    """Print what N workers would take for the run of that file."""
    with opened(path) as store:
        seconds = store.seconds() or shared_out(store, slots)
        cells = store.count()
        times = in_order(store, seconds, making)
    total, longest = sum(times), max(times)
    made = sum(each[0] + making for each in seconds.values())
    print(f"{len(times)} environments, {cells} cells; {total:.0f} s in all, {made:.0f} s of it to make environments")
    print(f"longest environment {longest:.0f} s: {max(seconds, key=lambda name: sum(seconds[name]))}")
    print(f"{cells / total * 3600 * slots / 2:.0f} cells per core-hour with {slots} at once on two cores")
    print(f"{'workers':>8} {'slots':>6} {'seconds':>8} {'speedup':>8} {'busy':>6}")
    one = makespan(times, slots)
    for number in workers:
        needed = makespan(times, number * slots)
        busy = total / (needed * number * slots)
        print(f"{number:8} {number * slots:6} {needed:8.0f} {one / needed:8.1f} {busy:6.0%}")


def check() -> int:
    """Predict one and two workers with one slot each from what one takes, and let both run; 1 if that is far off."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        environ = {**os.environ, "SCRAPY_COMPAT_CACHE": str(place / "cache"), "PYTHONPATH": str(clusters.ROOT)}
        with clusters.cluster(place, environ) as cluster:
            cluster.start_scheduler()
            cluster.start_worker("--python", live.HERE, "--jobs", "1")
            _measured(place, environ, cluster, "warm")  # makes the environments and compiles what is in them
            one, seconds, times = _measured(place, environ, cluster, "one")
            cluster.start_worker("--python", live.HERE, "--jobs", "1")
            two, again, _ = _measured(place, environ, cluster, "two")
    around = one - sum(times)
    slower = sum(map(sum, again.values())) / sum(map(sum, seconds.values()))
    print(f"{len(times)} environments; around them (planning, looking for workers, storing) {around:.1f} s")
    print(f"beside another worker on the same cores an environment takes {slower:.2f} times as long")
    predicted = around + makespan([each * slower for each in times], 2)
    print(f"one worker {one:.1f} s; two: predicted {predicted:.1f} s, measured {two:.1f} s ({two / predicted:.2f})")
    free = around + makespan(times, 2)
    print(f"two workers on machines of their own: predicted {free:.1f} s, {one / free:.2f} times as fast")
    return 0 if abs(two / predicted - 1) <= NEAR else 1


def _measured(
    place: Path, environ: Mapping[str, str], cluster: clusters.Cluster, name: str
) -> tuple[float, dict[str, Seconds], list[float]]:
    state = place / name
    command = [*clusters.COMMAND, "run", *SMALL, "--fresh", "--state", str(state), "--fail-on", "none"]
    began = time.perf_counter()
    subprocess.run([*command, *cluster.arguments()], cwd=place, env=dict(environ), check=True, capture_output=True)
    took = time.perf_counter() - began
    (path,) = (state / "runs").glob("*.sqlite")
    with opened(path) as store:
        seconds = store.seconds()
        return took, seconds, in_order(store, seconds, 0.0)


def limits(path: Path) -> None:
    """Print how large the cells of a run travel, and how many a second client, store and scheduler take."""
    with opened(path) as store:
        largest = max(Counter(row.environment for row in store.rows()).items(), key=itemgetter(1))[0]
        found = [store.cell(key) for key in sorted(store.keys(largest))[:BATCH]]
    batch = [replace(cell, origin=None) for cell in found if cell is not None]
    data = pack(ResultsEvent(attested=None, results=tuple(batch)))
    print(f"a cell travels as {len(data) / len(batch):.0f} bytes, in batches of {len(batch)}")
    began = time.perf_counter()
    for _ in range(50):
        unpack(data)
    print(f"a client unpacks {50 * len(batch) / (time.perf_counter() - began):.0f} cells a second")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with Runs(place).create(plan="x", plan_hash="x", plan_json="{}", host={}, command=()) as store:
            began = time.perf_counter()
            for environment in range(100):
                key = f"linux-py3.{environment}-scrapy2.13.4-latest"
                store.record_cells(replace(cell, key=cell.key._replace(environment=key)) for cell in batch)
            took = time.perf_counter() - began
        print(f"a store takes {100 * len(batch) / took:.0f} cells a second")
        with clusters.cluster(place, os.environ) as cluster:
            cluster.start_scheduler()
            print(_handed_on(cluster.address, data, len(batch)))
            print(_given_out(cluster.address))


def _handed_on(address: str, data: bytes, cells: int) -> str:
    heard: list[object] = []
    times = 500
    with Client(address, set_as_default=False) as listening, Client(address, set_as_default=False) as telling:
        listening.subscribe_topic("benchmark", heard.append)
        began = time.perf_counter()
        for _ in range(times):
            telling.log_event("benchmark", data)
        clusters.until(lambda: len(heard) >= times, "not all events came")
        took = time.perf_counter() - began
    return f"a scheduler hands on {times / took:.0f} batches a second, {times * cells / took:.0f} cells"


def _given_out(address: str) -> str:
    """What giving out and fetching units costs, with a worker that does nothing in them."""
    times = 1000
    data = os.urandom(20_000)
    with Client(address, set_as_default=False) as client:
        began = time.perf_counter()
        futures = [client.submit(len, data, key=f"unit-{number}", pure=False) for number in range(times)]
        sent = time.perf_counter() - began
        client.cancel(futures)
    return f"a scheduler is given {times / sent:.0f} units of {len(data) // 1000} kB a second"


def main() -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("predict")
    asked.add_argument("run", type=Path)
    asked.add_argument("--workers", type=lambda text: [int(each) for each in re.split(",", text)], default=WORKERS)
    asked.add_argument("--slots", type=int, default=SLOTS, help="environments at once, by worker")
    asked.add_argument("--making", type=float, default=0.0, help="seconds more to make each, where packages are new")
    commands.add_parser("check")
    commands.add_parser("limits").add_argument("run", type=Path)
    options = parser.parse_args()
    if options.command == "check":
        return check()
    if options.command == "limits":
        limits(options.run)
    else:
        predict(options.run, options.workers, options.slots, options.making)
    return 0


if __name__ == "__main__":
    sys.exit(main())
