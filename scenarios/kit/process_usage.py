"""What processes have used, as Linux tells it: processor time, memory, time in which they waited for a processor."""

import os
import sys
import time

IS_TOLD = sys.platform == "linux"
"""Whether that can be known here. Under Wine the paths lead to another process's."""


class Spent:
    """How a process spent the time since something happened, in seconds: this one, or one of another id."""

    def __init__(self, limits, process=None):
        self._limits = limits
        self._process = process
        self._since = time.monotonic()
        self._worked = _worked(process)
        self._starved = _starved(process)

    def is_too_much(self, deadline):
        """Whether a process that has got nowhere all that time is stuck.

        Time in which the machine was busy with others does not count, and one that works gets more.
        """
        waited = time.monotonic() - self._since
        if waited > deadline:
            waited -= max(0.0, _starved(self._process) - self._starved)
        if waited <= deadline:
            return False
        worked = _worked(self._process) - self._worked
        limits = self._limits
        return worked < limits["idle"] * waited or worked > deadline or waited > limits["working"] * deadline


def memory(process):
    """Bytes that a process and its descendants hold in memory; what they share counts for each."""
    pages = _read("/proc/%d/statm" % process).split()[1:2]
    own = sum(int(number) for number in pages) * os.sysconf("SC_PAGE_SIZE")
    return own + sum(memory(child) for child in children(process))


def children(process):
    """Ids of the processes that the main thread of a process has started or adopted."""
    return [int(child) for child in _read("/proc/%d/task/%d/children" % (process, process)).split()]


def _worked(process):
    """Seconds of processor time that a process has used, or this one."""
    if process is None:
        return time.process_time()
    # The name of the program, which stands before them in brackets, may hold anything.
    ticks = _read("/proc/%d/stat" % process).rpartition(")")[2].split()[11:13]
    return sum(int(number) for number in ticks) / os.sysconf("SC_CLK_TCK")


def _starved(process):
    """Seconds that the main thread and its children were ready to run and did not get a processor.

    0 where nothing tells. What a child waited for is lost when it ends, which only makes the sum smaller.
    """
    if not IS_TOLD:
        return 0.0
    process = process or os.getpid()
    waits = [_read("/proc/%d/schedstat" % each).split()[1:2] for each in [process] + children(process)]
    return sum(int(number) for wait in waits for number in wait) / 1e9


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
