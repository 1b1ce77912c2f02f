"""CTRF, the Common Test Report Format (https://ctrf.io): the cells as tests, in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from harness.infra.text import one_line
from harness.model.outcome import Outcome
from harness.render.judged_view import JudgedCell, JudgedView, TestStatus

_SPEC = "0.0.0"
"""The version of the format; it has not had another yet."""
_MESSAGE = 500
_STATUS = {
    TestStatus.PASSED: "passed",
    TestStatus.SKIPPED: "skipped",
    TestStatus.FAILED: "failed",
    # `pending` would say that it is still to come.
    TestStatus.ERROR: "other",
}


def ctrf_parts(judged: JudgedView) -> Iterator[str]:
    """Return the content of `ctrf.json` as text, test by test."""
    run, tally = judged.view.run, judged.tally
    start, stop = _milliseconds(run.started), _milliseconds(run.finished or run.started)
    counts = {_STATUS[each]: tally.standings[each] for each in TestStatus}
    suites = sum(bool(each.outcomes.total()) for each in judged.view.environments)
    summary = {
        "tests": tally.cells, **counts, "pending": 0, "suites": suites,
        "start": start, "stop": stop, "duration": stop - start,
    }  # fmt: skip
    version = run.host.get("harness")
    tool = {"name": "scrapy-compat", **({} if version is None else {"version": version})}
    healthy = judged.view.complete and not tally.standings[TestStatus.FAILED]
    environment = {"reportName": f"scrapy-compat {run.plan}", "healthy": healthy, "extra": dict(run.host)}
    head = {"reportFormat": "CTRF", "specVersion": _SPEC, "runId": run.id}
    results = {"tool": tool, "summary": summary, "environment": environment}
    yield f'{json.dumps(head)[:-1]}, "results": {json.dumps(results)[:-1]}, "tests": ['
    comma = "\n"
    for cell in judged.cells():
        yield comma
        yield json.dumps(_test(cell))
        comma = ",\n"
    yield "]}}\n"


def _test(judged: JudgedCell) -> dict[str, Any]:
    cell, seen = judged.cell, judged.cell.observation
    told = {
        "testId": cell.key.id,
        "name": "/".join(cell.key[1:]),
        "suite": [cell.key.environment, cell.key.lane],
        "status": _STATUS[judged.standing],
        "rawStatus": seen.outcome.value,
        "duration": round((cell.seconds or 0) * 1000),
        "labels": {
            "verdict": judged.verdict.value,
            **({} if seen.mechanism is None else {"mechanism": seen.mechanism}),
        },
    }
    if seen.outcome is not Outcome.PASS and seen.detail:
        told["message"] = one_line(seen.detail, _MESSAGE)
    return told


def _milliseconds(text: str) -> int:
    """Since 1970, of a time as stores write it."""
    return round(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp() * 1000)
