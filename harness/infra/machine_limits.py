"""What the system allows this process: open files, memory, threads."""

from __future__ import annotations

import errno
import sys

from harness.infra.errors import MachineError

_FILES = 64
"""Open files that a command needs that starts programs, ..."""
_FILES_OF_JOB = 16
"""... and more for each that it runs at once."""


def require_open_files(jobs: int) -> None:
    """Allow this process the open files that so many jobs need; `MachineError` where the system refuses.

    Where they run out in between, what cannot be started would be taken for missing or broken.
    """
    if sys.platform != "win32":
        import resource

        needed = _FILES + _FILES_OF_JOB * jobs
        allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if allowed == resource.RLIM_INFINITY or allowed >= needed:
            return
        if most != resource.RLIM_INFINITY and most < needed:
            raise MachineError(
                value="open files",
                cause=f"this process may have {most} at once, and {jobs} jobs need {needed}",
                action=f"allow more with `ulimit -n {needed}`, or run fewer with --jobs",
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, most))


def refused_by_system(error: BaseException) -> MachineError | None:
    """Return what to say of an error that means that the system gives no more of something; None: it is another."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return MachineError(
            value="memory",
            cause="the system gives this process no more",
            action="free some, or allow more (`ulimit -v`)",
        )
    if number in {errno.EMFILE, errno.ENFILE}:
        return MachineError(
            value="open files",
            cause="the system allows this process no more",
            action="allow more (`ulimit -n`), or run fewer jobs at once",
        )
    if number == errno.EAGAIN or (isinstance(error, RuntimeError) and "start new thread" in str(error)):
        return MachineError(
            value="threads and processes",
            cause="the system lets this process start no more",
            action="allow more memory and processes (`ulimit -v`, `ulimit -u`), or run fewer jobs at once",
        )
    return None
