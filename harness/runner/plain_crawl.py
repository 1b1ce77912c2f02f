"""Whether a crawl starts at all in a lane: a plain one, of a spider that asks nothing.

A program that fails before any crawl of its own has run says nothing of what it asks where none can run: that Scrapy
does not start with these packages is another answer than that it does not start in this way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.runner.cell_process import Kit, run_request
from harness.runner.wire import IMPORT_FAILED, BatchOutcome
from harness.runner.work import Batch, ProcessRequest

EXIT = "exit-"
"""How the mechanism of a program begins that ended with an exit code other than 0 and without an exception."""


def never_crawled(batch: Batch, result: CellResult) -> bool:
    """Whether it is the failure of a program that ended before any crawl ran."""
    if not batch.program or result.outcome is not Outcome.FAIL or result.facts is not None:
        return False
    mechanism = result.mechanism or ""
    if mechanism.startswith(IMPORT_FAILED):
        return False
    raised = result.evidence is not None and result.evidence.exception
    return bool(raised) or mechanism.startswith(EXIT)


def lanes_without_crawls(
    kit: Kit, python: Path, batches: Iterable[Batch], *, deadline: float, fork: bool
) -> frozenset[str]:
    """The lanes of `batches` in which no crawl starts."""
    controls = {batch.lane.name: replace(batch, cells=(), program=False, places=frozenset()) for batch in batches}
    found: set[str] = set()

    def on_end(batch: Batch, outcome: BatchOutcome) -> None:
        if outcome.broken is not None:
            found.add(batch.lane.name)

    numbered = tuple(replace(batch, number=number) for number, batch in enumerate(controls.values()))
    if fork:
        requests = [ProcessRequest(batches=numbered, deadline=deadline, start="preloaded")]
    else:
        requests = [
            ProcessRequest(batches=(replace(batch, number=0),), deadline=deadline, start="here") for batch in numbered
        ]
    for request in requests:
        run_request(kit, python, request, on_environment=lambda _: None, on_end=on_end)
    return frozenset(found)


def without_crawls(results: Sequence[CellResult], lanes: frozenset[str]) -> list[CellResult]:
    """`results` of programs that never crawled, `broken` in the lanes where no crawl starts."""
    return [
        replace(result, outcome=Outcome.BROKEN, close=None) if result.key.lane in lanes else result
        for result in results
    ]
