"""Run and supervise other programs: deadline, bounded output, and nothing left behind.

The only module that imports subprocess.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import final

import psutil

from harness.infra.errors import ToolError
from harness.infra.machine_limits import refused_by_system
from harness.infra.process.captures import Capture
from harness.infra.process.endings import signal_name
from harness.infra.process.markers import MARKER, next_token

if sys.platform == "win32":
    from harness.infra.process.jobs import CREATION_FLAGS, started, sweep
    from harness.infra.process.jobs import JobTree as Tree
else:
    from harness.infra.process.descendants import CREATION_FLAGS, started, sweep
    from harness.infra.process.descendants import SessionTree as Tree

__all__ = ["CAP", "MARKER", "Completed", "Process", "clean_environment", "run", "start", "sweep"]

CAP = 256 * 1024
"""Bytes kept of each output stream unless told otherwise."""
_GLANCE = 0.1
"""Seconds between two chances for Ctrl-C where waiting cannot be interrupted."""

_DROPPED_PREFIXES = ("PYTHON", "SCRAPY_", "VIRTUAL_ENV", "CONDA_", "COVERAGE_", "NOX_")
_DROPPED = frozenset({"__PYVENV_LAUNCHER__", "TWISTED_REACTOR"})
_NETWORK_PREFIXES = ("UV_", "PIP_")
_NETWORK = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a process ended."""

    returncode: int
    """As the platform reports it; a process ended by signal N has -N, one that Windows ended an NTSTATUS."""
    signal: str | None
    """Name of the signal that ended it, e.g. `SIGKILL`."""
    stdout: str
    stderr: str
    timed_out: bool
    """Whether it was killed because its deadline had passed."""
    seconds: float
    """Wall-clock seconds from start to end."""


@final
class Process:
    """A running program in a session of its own, its output drained as it comes. Made by `start`.

    As a context manager it kills the whole tree on the way out, also on Ctrl-C.
    """

    def __init__(self, popen: subprocess.Popen[bytes], tree: Tree, *, stdin: bytes, cap: int) -> None:
        assert popen.stdout is not None
        assert popen.stderr is not None
        self._popen = popen
        self._tree = tree
        self._started = time.monotonic()
        self._seconds = 0.0
        self._ended = threading.Event()
        self._stdout = Capture(popen.stdout, cap)
        self._stderr = Capture(popen.stderr, cap)
        # A thread rather than Popen.wait(timeout), which sleeps up to 50 ms between looks.
        threading.Thread(target=self._await_end, name="await-end", daemon=True).start()
        if stdin:
            threading.Thread(target=self._feed, args=(stdin,), name="feed", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id; on POSIX its session and process group, too."""
        return self._popen.pid

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._popen.returncode if self._ended.is_set() else None

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, waited for up to `timeout` seconds; None if it still runs then."""
        give_up = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if give_up is None else max(0.0, give_up - time.monotonic())
            # Waiting for a lock is deaf to Ctrl-C on Windows.
            slice_ = left if sys.platform != "win32" else _GLANCE if left is None else min(_GLANCE, left)
            if self._ended.wait(slice_) or slice_ == left:
                return self.poll()

    def kill_tree(self, *, grace: float = 0.0) -> None:
        """Kill the process, its session, its descendants and those that escaped; returns when they are gone.

        With a `grace` all are asked with SIGTERM first and get that many seconds; Windows has no such request.
        """
        if sys.platform != "win32" and grace and self.poll() is None:
            self._popen.terminate()
            self._tree.kill(grace=grace)
            self._ended.wait(grace)
        if self.poll() is None:
            self._popen.kill()
        self._tree.kill()
        self._ended.wait(10)

    def memory(self) -> int:
        """Return the bytes that the process itself holds in memory; 0 when it has ended."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def output(self) -> tuple[str, str]:
        """Standard output and standard error so far, each bounded."""
        return self._stdout.text(), self._stderr.text()

    def finish(self, *, timed_out: bool = False, sweep: bool = True) -> Completed:
        """How it ended, after what it left behind was killed; waits for its end without a deadline.

        `sweep=False` skips the search for survivors, for a program trusted to leave none.
        """
        self.wait()
        if sweep:
            self._tree.kill()
        with started as known:
            known.discard(self.pid)
        started.end_orphans()
        self._tree.release()
        for capture in (self._stdout, self._stderr):
            capture.join(1.0)
        stdout, stderr = self.output()
        code = self._popen.returncode
        return Completed(
            returncode=code,
            signal=signal_name(-code) if code < 0 else None,
            stdout=stdout,
            stderr=stderr,
            timed_out=timed_out,
            seconds=self._seconds,
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.poll() is None:
            self.kill_tree()
        self._tree.release()

    def _await_end(self) -> None:
        self._popen.wait()
        self._seconds = time.monotonic() - self._started
        self._ended.set()

    def _feed(self, data: bytes) -> None:
        assert self._popen.stdin is not None
        try:
            with self._popen.stdin as pipe:
                pipe.write(data)
        except OSError:
            pass


def start(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str],
    stdin: bytes = b"",
    cap: int = CAP,
) -> Process:
    """Start `command` in a session of its own, with `stdin` (or nothing) on its standard input.

    Raises `ToolError` when it cannot be started at all, `MachineError` where the system lets nothing be started.
    """
    token = next_token()
    marked = {**env, MARKER: os.environ.get(MARKER, "") + token}
    arguments = [os.fspath(part) for part in command]
    tree = Tree(token)
    try:
        with started as known:
            popen = subprocess.Popen(
                arguments,
                cwd=cwd,
                env=marked,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                creationflags=CREATION_FLAGS,
            )
            known.add(popen.pid)
    except OSError as error:
        raise refused_by_system(error) or ToolError(
            value=arguments[0],
            cause=f"cannot be started: {error.strerror or error}",
            action="check that the file exists and is a program for this machine",
        ) from error
    try:
        tree.adopt(popen.pid)
        return Process(popen, tree, stdin=stdin, cap=cap)
    except BaseException:
        with suppress(OSError):
            popen.kill()
        raise


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str],
    deadline: float,
    stdin: bytes = b"",
    cap: int = CAP,
    sweep: bool = True,
) -> Completed:
    """Run `command` to its end, or kill it with all it started after `deadline` seconds.

    Raises `ToolError` when it cannot be started; a failing exit code is no error. For `sweep` see
    `Process.finish`.
    """
    with start(command, cwd=cwd, env=env, stdin=stdin, cap=cap) as process:
        timed_out = process.wait(deadline) is None
        if timed_out:
            process.kill_tree(grace=0.2)
        return process.finish(timed_out=timed_out, sweep=sweep)


def clean_environment(extra: Mapping[str, str] | None = None, *, network: bool = False) -> dict[str, str]:
    """This process's environment without what would reach into an interpreter, and with `extra`.

    Dropped: `PYTHON*`, `SCRAPY_*`, `VIRTUAL_ENV`, and what other tools set for interpreters. Unless
    `network` is true also package indexes, their credentials and proxies: a cell has no use for them,
    and Scrapy would send its requests for loopback through a proxy.
    """
    kept = {}
    for name, value in os.environ.items():
        upper = name.upper()
        if upper in _DROPPED or upper.startswith(_DROPPED_PREFIXES):
            continue
        if not network and (upper in _NETWORK or upper.startswith(_NETWORK_PREFIXES)):
            continue
        kept[name] = value
    return {**kept, **(extra or {})}
