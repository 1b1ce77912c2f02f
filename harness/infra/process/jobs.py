"""Trees of processes on Windows: a job object for each, which whatever a process starts belongs to as well.

Nothing can leave such a job. Its last handle is this process's, so that the system ends what is in it when the
harness ends, however that happens.
"""

from __future__ import annotations

import msvcrt
import sys
import threading
import time
import weakref
from functools import cache

import psutil
import pywintypes
import win32api
import win32con
import win32job

from harness.infra.errors import ToolError

assert sys.platform == "win32"

CREATION_FLAGS: int = win32con.CREATE_NEW_PROCESS_GROUP | win32con.CREATE_SUSPENDED
"""What `Popen` is to be told: Ctrl-C is for the harness alone, and nothing runs before it is in its job."""

_KILL_SECONDS = 10.0
_trees: weakref.WeakSet[JobTree] = weakref.WeakSet()
_lock = threading.Lock()


class JobTree:
    """A process and all that it starts."""

    def __init__(self, _token: str) -> None:
        """`_token` is of no use here: nothing escapes that would have to be found by it."""
        _no_dialogs()
        self._job = win32job.CreateJobObject(None, "")
        kind = win32job.JobObjectExtendedLimitInformation
        limits = win32job.QueryInformationJobObject(self._job, kind)
        limits["BasicLimitInformation"]["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
        win32job.SetInformationJobObject(self._job, kind, limits)
        with _lock:
            _trees.add(self)

    def adopt(self, pid: int) -> None:
        """Put a suspended process into the job and let it run. Raises `ToolError` where that is refused.

        Whoever has started it holds a handle of it, so that its id is not another's by now.
        """
        try:
            access = win32con.PROCESS_SET_QUOTA | win32con.PROCESS_TERMINATE
            process = win32api.OpenProcess(access, 0, pid)
            win32job.AssignProcessToJobObject(self._job, process)
            psutil.Process(pid).resume()
        except (pywintypes.error, psutil.Error) as error:
            raise ToolError(
                value=f"process {pid}",
                cause=f"cannot be put into a job object: {error}",
                action="start the harness outside of whatever keeps it from making jobs (a sandbox, a job of its own)",
            ) from error

    def kill(self) -> int:
        """End every process of the tree and wait for that; how many there were."""
        try:
            count = self._active()
            win32job.TerminateJobObject(self._job, 1)
            give_up = time.monotonic() + _KILL_SECONDS
            while self._active() and time.monotonic() < give_up:
                time.sleep(0.005)
        except pywintypes.error:
            # Its handle has been closed: so nothing is left.
            return 0
        return count

    def release(self) -> None:
        """Let go of the job, which ends whatever is left in it."""
        with _lock:
            _trees.discard(self)
        self._job.Close()

    def _active(self) -> int:
        told = win32job.QueryInformationJobObject(self._job, win32job.JobObjectBasicAccountingInformation)
        return int(told["ActiveProcesses"])


class _UntrackedProcesses:
    """Ids of the processes that this one has started; of no use here, where nothing leaves its job."""

    def __enter__(self) -> set[int]:
        return set()

    def __exit__(self, *_: object) -> None:
        pass

    def end_orphans(self) -> None:
        """Nothing is left to end."""


started = _UntrackedProcesses()


def sweep() -> int:
    """End whatever this harness process started and that still lives; how many there were."""
    with _lock:
        trees = list(_trees)
    return sum(tree.kill() for tree in trees)


@cache
def _no_dialogs() -> None:
    """A process that crashes or misses a library ends, rather than to show a window and wait; children inherit that."""
    msvcrt.SetErrorMode(msvcrt.SEM_FAILCRITICALERRORS | msvcrt.SEM_NOGPFAULTERRORBOX | msvcrt.SEM_NOOPENFILEERRORBOX)
