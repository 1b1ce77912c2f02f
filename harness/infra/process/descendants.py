"""Trees of processes on POSIX: the session, the descendants, and those that escaped both.

A daemon that forked twice and called `setsid` is nobody's descendant any more. What it still has is
the environment it was started with, so every process is started with a marker in it. On macOS that of
the system's own programs cannot be read: a daemon of those is out of reach.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import final

import psutil

from harness.infra.process.markers import HARNESS, MARKER

assert sys.platform != "win32"

CREATION_FLAGS = 0
"""What `Popen` is to be told, beside that the process gets a session of its own."""

_KILL_SECONDS = 10.0
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc" if sys.platform == "linux" else "/nonexistent")


class SessionTree:
    """A process and all that it starts."""

    def __init__(self, token: str) -> None:
        """`token` is in the environment of the process that is going to be adopted."""
        self._token = token
        self._root: int | None = None

    def adopt(self, pid: int) -> None:
        """From now on the tree is that of this process."""
        self._root = pid

    def kill(self, *, grace: float = 0.0) -> int:
        """Kill all of the tree but the process itself, which is for its owner to kill; how many there were.

        With a `grace` they are asked to end first and get that many seconds.
        """
        return _kill_family(self._root, self._token, grace=grace)

    def release(self) -> None:
        """Nothing is held."""


@final
class _StartedProcesses:
    """The processes that this one has started, so that it can tell them from those that it has adopted.

    On Linux this process becomes the parent of whatever descendant loses its own. So a daemon that forked twice,
    called `setsid` and emptied its environment is found all the same.
    """

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._lock = threading.Lock()
        self._adopts = False

    def __enter__(self) -> set[int]:
        """Give their ids; none is started by somebody else meanwhile."""
        self._lock.acquire()
        if not self._adopts and sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            self._adopts = True
        return self._known

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def end_orphans(self) -> None:
        """End and reap what this process has adopted and no tree can claim: children that nobody here has started.

        An orphan that still carries a marker is left to its own tree: that may be at work, or may be meant to stay, as
        Wine's server is. What other code of this process has started is in its session; what it adopts has left that.
        """
        give_up = time.monotonic() + _KILL_SECONDS
        with self as known:
            while orphans := [pid for pid in _children() if pid not in known and _is_lost(pid)]:
                for pid in orphans:
                    with suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, os.WNOHANG)
                if time.monotonic() > give_up:
                    return
                time.sleep(0.001)


started = _StartedProcesses()


def sweep() -> int:
    """Kill whatever this harness process started and that still lives; how many there were."""
    count = _kill_family(None, HARNESS)
    started.end_orphans()
    return count


def _kill_family(root: int | None, token: str, *, grace: float = 0.0) -> int:
    """Kill every living process that carries `token` or belongs to `root`, itself left out; how many there were.

    With a `grace` they are asked to end first and get that many seconds. The scan is repeated until it
    finds nobody, since a process may fork while it is being looked for.
    """
    met: set[int] = set()
    if grace:
        members = list(_family(root, token))
        for member in members:
            met.add(member.pid)
            _signal(member, gently=True)
        _wait_for_end(members, grace)
    give_up = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < give_up:
        members = list(_family(root, token))
        if not members:
            break
        for member in members:
            met.add(member.pid)
            _signal(member, gently=False)
        _wait_for_end(members, 0.5)
    return len(met)


def _family(root: int | None, token: str) -> Iterator[psutil.Process]:
    needle = token.encode()
    descendants = _descendants(root)
    for pid in psutil.pids():
        if pid in (root, os.getpid()):
            continue
        if pid in descendants or _in_session(pid, root) or _carries(pid, needle):
            try:
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    yield process
            except psutil.Error:
                continue


def _descendants(root: int | None) -> set[int]:
    if root is None:
        return set()
    try:
        return {child.pid for child in psutil.Process(root).children(recursive=True)}
    except psutil.Error:
        return set()


def _is_lost(pid: int) -> bool:
    """Whether a child has left the session of this process and has no marker; the dead have none."""
    return not _in_session(pid, os.getsid(0)) and not _carries(pid, MARKER.encode())


def _children() -> list[int]:
    """Return the ids of the children of this process, whichever thread has started or adopted them."""
    found: list[int] = []
    for thread in _PROC.glob("self/task/*/children"):
        with suppress(OSError):
            found += map(int, thread.read_text().split())
    return found


def _in_session(pid: int, root: int | None) -> bool:
    try:
        return root is not None and os.getsid(pid) == root
    except OSError:
        return False


def _carries(pid: int, needle: bytes) -> bool:
    try:
        return needle in _environment(pid)
    except (psutil.Error, OSError):
        return False


def _environment(pid: int) -> bytes:
    """The environment `pid` was started with, or its marker alone."""
    if _PROC.exists():
        # Read directly: through psutil a scan costs eight times as much.
        return (_PROC / str(pid) / "environ").read_bytes()
    return psutil.Process(pid).environ().get(MARKER, "").encode()


def _signal(process: psutil.Process, *, gently: bool) -> None:
    try:
        if gently:
            process.terminate()
        else:
            process.kill()
    except psutil.Error:
        pass


def _wait_for_end(processes: list[psutil.Process], seconds: float) -> None:
    # Not psutil.wait_procs: it calls waitpid on our own children and would take their exit code away.
    give_up = time.monotonic() + seconds
    while any(_alive(process) for process in processes) and time.monotonic() < give_up:
        time.sleep(0.005)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
