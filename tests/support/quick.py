"""Which tests are quick, `-m quick`: all that need nothing which is not Python's, and are not marked as slow.

A quick test that took long is named at the end of the run, so that the marker stays true. It is no failure, since how
long something takes is no fact about the harness.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from tests.support.needs import NEEDS

NOT_QUICK = (*NEEDS, "slow")
"""Markers of tests that need something of the machine or of the network, and of those that take long without it."""
LONG = 1.0
"""Seconds of processor time, those of programs that it started too, after which a quick test is named."""
_SPENT = "processor seconds"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is quick, before `-m` chooses; workers get the files that take long first, and end with small ones."""
    for item in items:
        if not any(map(item.get_closest_marker, NOT_QUICK)):
            item.add_marker(pytest.mark.quick)
    if "PYTEST_XDIST_WORKER" in os.environ:
        long = {item.path for item in items if item.get_closest_marker("quick") is None}
        items.sort(key=lambda item: item.path not in long)


def _spent() -> float:
    try:
        import resource  # noqa: PLC0415  (there is none on Windows)
    except ImportError:
        return time.process_time()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note what a test took, for the report and for `--junit-xml`."""
    before = _spent()
    try:
        return (yield)
    finally:
        item.user_properties.append((_SPENT, round(_spent() - before, 2)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the quick tests that were not."""
    took = {
        report.nodeid: seconds
        for report in terminalreporter.getreports("passed")
        for name, seconds in report.user_properties
        if name == _SPENT and "quick" in report.keywords and float(str(seconds)) > LONG
    }
    if took:
        terminalreporter.section("quick tests that took long: mark them as slow")
        for test, seconds in sorted(took.items()):
            terminalreporter.line(f"{seconds} s of processor time: {test}")
