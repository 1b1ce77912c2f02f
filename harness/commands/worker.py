"""A worker of a cluster: offers the platform and the Pythons of this machine, and runs what it is given."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from fnmatch import fnmatchcase

from distributed import Worker
from distributed.core import Status

from harness.executors.dask.cluster import CONNECT, Cluster, SchedulerLostError, quieten
from harness.executors.dask.messages import offer
from harness.executors.dask.tasks import WORKER_STATE, WorkerState
from harness.infra.errors import ConfigurationError
from harness.infra.files import scratch_folder
from harness.infra.platforms import current_platform, runnable_platforms
from harness.infra.resources import cache_directory
from harness.interpreters.candidates import VARIABLE
from harness.runner.loopback_server import loopback_server
from harness.runner.runtimes import AvailablePythons, Toolchain, toolchain_of

WAITING = 4
"""For one unit that runs there may be so many whose suspects only wait for their deadlines."""
FAREWELL = 20.0
"""Seconds in which a worker that ends hands on what it holds."""


def serve(cluster: Cluster, platforms: Sequence[str], pythons: Sequence[str], *, jobs: int, say: Say) -> None:
    """Work for a cluster until this process is asked to end; then its cells are killed, and others get its units.

    `platforms`: those offered, none for this machine's own. `pythons`: shell globs, none for all that are found.
    `jobs`: environments at once. Raises `ConfigurationError` where there is nothing to offer or no scheduler answers,
    `SchedulerLostError` where it is gone later.
    """
    quieten()
    with ExitStack() as stack:
        stocks: dict[str, AvailablePythons] = {}
        for platform in platforms or (current_platform(),):
            stocks[platform] = _available(stack.enter_context(_toolchain(platform)), platform, pythons)
        offers = [
            (platform, python) for platform, available in stocks.items() for python in available.interpreters.found
        ]
        place, server = stack.enter_context(scratch_folder()), stack.enter_context(loopback_server())
        bench = WorkerState(stocks, server, place, jobs)
        WORKER_STATE.append(bench)
        try:
            asyncio.run(_serve(cluster, offers, bench, say))
        finally:
            bench.stop()
            WORKER_STATE.remove(bench)


Say = Callable[[str], None]
"""Tells people something in one line."""


def _toolchain(platform: str) -> AbstractContextManager[Toolchain]:
    if platform not in runnable_platforms():
        raise ConfigurationError(
            value=f"--platform {platform}",
            cause=f"cannot be offered by this machine, which is {current_platform()}",
            action="start the worker on such a machine",
        )
    return toolchain_of(platform, cache_directory())


def _available(toolchain: Toolchain, platform: str, pythons: Sequence[str]) -> AvailablePythons:
    everything = toolchain.find(None)
    chosen = {
        key: interpreter
        for key, interpreter in everything.found.items()
        if not pythons or any(fnmatchcase(key, glob) for glob in pythons)
    }
    if not chosen:
        raise ConfigurationError(
            value=f"--python {','.join(pythons)}" if pythons else "Python",
            cause=f"none such was found for {platform}; there are: {', '.join(everything.found) or 'none'}",
            action=f"run `scrapy-compat pythons install --platform {platform}`, or put its path in {VARIABLE}",
        )
    return AvailablePythons(toolchain=toolchain, interpreters=replace(everything, found=chosen))


async def _serve(cluster: Cluster, offers: Sequence[tuple[str, str]], bench: WorkerState, say: Say) -> None:
    worker = Worker(
        cluster.address,
        nthreads=bench.jobs,
        resources={offer(*each): bench.jobs * WAITING for each in offers},
        security=cluster.security(),
        local_directory=str(bench.place),
        # What cells take is not this process's memory; results are small.
        memory_limit=0,
        death_timeout=CONNECT,
        dashboard=False,
    )
    with _asked_to_end() as asked:
        try:
            await worker
        except (OSError, asyncio.TimeoutError, ValueError) as error:
            raise cluster.unreachable(error) from error
        named = ", ".join(f"{platform} {python}" for platform, python in offers)
        say(f"working for {cluster.address} as {worker.address}, {bench.jobs} at once: {named}")
        ended = asyncio.ensure_future(worker.finished())
        ending = asyncio.ensure_future(asked.wait())
        await asyncio.wait({ended, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            raise SchedulerLostError(
                value=f"--scheduler {cluster.address}",
                cause="the scheduler is gone, or has sent this worker away",
                action="start the scheduler, then this command again",
            )
        await _farewell(worker, bench)


async def _farewell(worker: Worker, bench: WorkerState) -> None:
    """Give results that this worker holds to others, and units that it works on back; then close."""
    leaving = asyncio.ensure_future(worker.close_gracefully(reason="asked to end"))
    while worker.status is Status.running and not leaving.done():  # noqa: ASYNC110 (Dask has no event for that)
        await asyncio.sleep(0.02)
    await asyncio.to_thread(bench.stop)
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(leaving, FAREWELL)
    await worker.close(timeout=2, executor_wait=False)


@contextmanager
def _asked_to_end() -> Iterator[asyncio.Event]:
    """Set when this process gets Ctrl-C or a polite request to end."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def ask(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(asked.set)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        numbers.append(signal.SIGBREAK)
    previous = [(number, signal.signal(number, ask)) for number in numbers]
    try:
        yield asked
    finally:
        for number, handler in previous:
            signal.signal(number, handler)
