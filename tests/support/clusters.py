"""A real Dask scheduler and real workers on loopback, and runs of the command that use them."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "harness"]
PATIENCE = 120.0
Found = TypeVar("Found")


class Cluster:
    """The processes of one cluster, each with its output in a file of `place`."""

    def __init__(self, place: Path, environ: Mapping[str, str], tls: Sequence[str] = (), scheme: str = "tcp") -> None:
        self._place = place
        self._environ = dict(environ)
        self._tls = list(tls)
        self._scheme = scheme
        self._started: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def start_scheduler(self, *, losses: int = 3, port: int = 0) -> subprocess.Popen[bytes]:
        """A scheduler that gives a task up after so many lost workers and one more."""
        log = self._place / f"scheduler{len(self._started)}.log"
        command = [sys.executable, "-m", "dask", "scheduler"]
        command += ["--host", f"{self._scheme}://127.0.0.1", "--port", str(port), "--no-dashboard", *self._tls]
        environ = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(losses)}
        process = self._start(command, log, environ)
        self.address = until(lambda: _found(r"Scheduler at: +(\S+)", log), "the scheduler did not start")
        return process

    def start_worker(self, *arguments: str, cache: Path | None = None) -> subprocess.Popen[bytes]:
        """A worker that is there when this returns, with a cache of its own."""
        number = len(self._started)
        log = self._place / f"worker{number}.log"
        command = [*COMMAND, "worker", "--scheduler", self.address, *self._tls, *arguments]
        process = self._start(command, log, {} if cache is None else {"SCRAPY_COMPAT_CACHE": str(cache)})
        until(lambda: _found(r"working for .* as (\S+),", log), f"the worker did not start: {log.read_text()}")
        return process

    def arguments(self) -> list[str]:
        """What `run` needs to use it."""
        return ["--executor", "dask", "--scheduler", self.address, *self._tls]

    def end(self) -> None:
        """Kill whatever still runs of it."""
        for process in reversed(self._started):
            if process.poll() is None:
                process.kill()
            process.wait(30)

    def _start(self, command: Sequence[str], log: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, cwd=self._place, env={**self._environ, **environ}, stdout=file, stderr=subprocess.STDOUT
            )
        self._started.append(process)
        return process


@contextmanager
def cluster(place: Path, environ: Mapping[str, str], **how: object) -> Iterator[Cluster]:
    """A cluster without processes yet; those that are started are ended with it."""
    made = Cluster(place, environ, **how)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.end()


def until(look: Callable[[], Found | None], why_not: str, patience: float = PATIENCE) -> Found:
    """What `look` finds, which may take a while; the test fails where it does not."""
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(why_not)


def _found(pattern: str, log: Path) -> str | None:
    match = re.search(pattern, log.read_text(errors="replace"))
    return match and match[1]
