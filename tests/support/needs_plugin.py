"""Skip tests for which this machine lacks something, and write one line for each thing with the command that brings it.

A test says what it needs with a marker, such as `wine`; `tests.support.needs` has them all.
`SCRAPY_COMPAT_TESTS_DEMAND=all` makes each such skip an error; `-m 'not wine'` leaves the tests out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.needs import NEEDS

DEMAND = "SCRAPY_COMPAT_TESTS_DEMAND"
"""Environment variable: `all` where a machine has to have everything, as those of CI do."""


_found = cache(lambda name: NEEDS[name].found())


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    for name, need in NEEDS.items():
        config.addinivalue_line("markers", f"{name}: needs {need.title}; leave out with -m 'not {name}'")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose needs are not met, or let it fail where everything is demanded."""
    unmet = [name for name in NEEDS if item.get_closest_marker(name) is not None and not _found(name)]
    if not unmet:
        return
    reason = "; ".join(f"needs {NEEDS[name].title}: {NEEDS[name].remedy}" for name in unmet)
    if os.environ.get(DEMAND) == "all":
        pytest.fail(f"{reason}. {DEMAND}=all allows no such skip", pytrace=False)
    # Reports carry these properties, also from one process to another.
    item.user_properties += [("need", name) for name in unmet]
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write what was skipped, in one line for each reason."""
    if lines := list(_skipped_lines(terminalreporter.getreports("skipped"))):
        terminalreporter.section("skipped")
        for line in lines:
            terminalreporter.line(line)


def _skipped_lines(reports: list[pytest.TestReport]) -> Iterator[str]:
    needed: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for report in reports:
        unmet = [str(name) for kind, name in getattr(report, "user_properties", ()) if kind == "need"]
        needed.update(unmet)
        if not unmet and isinstance(report.longrepr, tuple):
            others[report.longrepr[2].removeprefix("Skipped: ")] += 1
    for name, need in NEEDS.items():
        if count := needed[name]:
            yield f"{_tests(count)} need{'' if count > 1 else 's'} {need.title}: {need.remedy}"
    for reason, count in sorted(others.items()):
        yield f"{_tests(count)} {'were' if count > 1 else 'was'} skipped: {reason}"


def _tests(count: int) -> str:
    return f"{count} test{'s' if count > 1 else ''}"
