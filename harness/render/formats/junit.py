"""JUnit XML, as test dashboards of CI systems read it: a suite an environment, a test case a cell.

What is expected to fail is skipped as expected and so costs no red; unexpected cells are failures, be it that they
pass; of what is asked for and not known a cell is an error. Outcome and verdict are properties of each case.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from harness.infra.text import one_line, visible
from harness.render.judged_view import JudgedCell, JudgedEnvironment, JudgedView, TestStatus
from harness.render.rerun_command import run_again

_MESSAGE = 500
"""Characters of a message."""


def junit_parts(judged: JudgedView) -> Iterator[str]:
    """Return `junit.xml` as text, suite by suite: so a million cells are never held as elements at once."""
    run, tally = judged.view.run, judged.tally
    counts = {
        "name": f"scrapy-compat {run.plan}",
        "tests": str(tally.cells),
        "failures": str(tally.standings[TestStatus.FAILED]),
        "errors": str(tally.standings[TestStatus.ERROR]),
        "skipped": str(tally.standings[TestStatus.SKIPPED]),
    }
    attributes = " ".join(f"{name}={quoteattr(visible(value))}" for name, value in counts.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {attributes}>\n'
    for environment in judged.environments():
        yield _suite(judged, environment)
        yield "\n"
    yield "</testsuites>\n"


def _suite(judged: JudgedView, environment: JudgedEnvironment) -> str:
    from junitparser import TestSuite

    run, planned, tally = judged.view.run, environment.view.planned, environment.tally
    suite = TestSuite(visible(planned.id))
    suite.tests = tally.cells
    suite.failures = tally.standings[TestStatus.FAILED]
    suite.errors = tally.standings[TestStatus.ERROR]
    suite.skipped = tally.standings[TestStatus.SKIPPED]
    suite.time = round(sum(each.cell.seconds or 0 for each in environment.cells), 3)
    suite.timestamp = run.started.removesuffix("Z")  # the format takes no zone
    told = {
        "run": run.id, "platform": planned.platform, "python": planned.python, "scrapy": planned.scrapy,
        "profile": planned.profile,
        "status": None if environment.view.status is None else environment.view.status.value,
        "reason": environment.view.reason,
    }  # fmt: skip
    for name, value in told.items():
        if value is not None:
            suite.add_property(name, one_line(value, _MESSAGE))
    suite.extend([_case(judged, each) for each in environment.cells])
    text: bytes = suite.tostring()
    return text.decode()


def _case(judged: JudgedView, each: JudgedCell) -> object:
    from junitparser import Properties, Property, TestCase

    key, seen = each.cell.key, each.cell.observation
    case = TestCase(visible("/".join(key[1:])), visible(key.id), each.cell.seconds)
    properties = Properties()
    properties.add_property(Property("outcome", seen.outcome.value))
    properties.add_property(Property("verdict", each.verdict.value))
    case.append(properties)
    if each.standing is not TestStatus.PASSED:
        case.append(_result(judged, each))
    return case


def _result(judged: JudgedView, each: JudgedCell) -> object:
    """Why a case did not pass: what was seen as message, and how to look at it where somebody should."""
    from junitparser import Error, Failure, Skipped

    seen, key = each.cell.observation, each.cell.key
    parts = (seen.outcome.value, seen.mechanism, seen.detail)
    message = one_line(": ".join(part for part in parts if part), _MESSAGE)
    if each.standing is TestStatus.SKIPPED:
        return Skipped(message, each.verdict.value)
    if each.standing is TestStatus.ERROR:
        return Error(message, seen.outcome.value)
    failure = Failure(message, each.verdict.value)
    again = run_again(judged.view.run.command, key.id)
    lines = [judged.against[key], f"scrapy-compat show {shlex.quote(key.id)}", again]
    failure.text = visible("\n".join(lines))
    return failure
