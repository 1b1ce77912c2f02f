"""From what a process reported of a batch to results, and to the cells that have to be run again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from harness.infra.process.endings import exit_name, signal_name
from harness.model.ids import CellKey
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult, Evidence, Facts
from harness.model.suite import SuiteReport, SuiteTest
from harness.runner.wire import (
    FLOODED,
    IMPORT_FAILED,
    MEMORY_LIMIT,
    BatchOutcome,
    CellReport,
    EndReport,
    FactsReport,
    UnusableReport,
)
from harness.runner.work import Batch, Cell

Fingerprint = Callable[[str, str], str]
"""(lane, scenario) -> fingerprint of its cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVerdict:
    """What a batch came to."""

    results: tuple[CellResult, ...]
    again_together: tuple[Cell, ...]
    """In a process that did not end well without a word of theirs against them: not finished, or finished and
    how their crawl closes is not known. Or all of many scenarios, one of which is to blame for an unclean close."""
    again_alone: tuple[Cell, ...]
    """Suspects: hung, or perhaps to blame for an unclean close."""


def classify(
    batch: Batch, outcome: BatchOutcome, *, environment: str, fingerprint: Fingerprint, final: bool
) -> BatchVerdict:
    """Results of `batch`; with `final` every cell gets one, else surprises are handed back to be run again.

    A cell that ran alone is believed when it says that it hangs. `final` is for a process that was started
    from scratch for it: nothing else can be to blame for what happened there, a crash included.
    """
    alone = len(batch.cells) == 1
    facts = _facts(outcome.facts)
    blamed = {(scenario, helper) for scenario, helper, _ in outcome.close.blamed} if outcome.close else set()
    suspected = set() if alone or outcome.close is None else set(outcome.close.suspected)
    scenarios = {scenario for scenario, _ in batch.cells}
    nothing_points = len(scenarios) > 1 and suspected == scenarios
    results: list[CellResult] = []
    together: list[Cell] = []
    suspects: list[Cell] = []
    for cell in batch.cells:
        line = outcome.cells.get(cell)
        hangs = line is not None and line.outcome is Outcome.HANG
        if outcome.damage is not None and not final:
            together.append(cell)
        elif not final and not alone and (hangs or cell[0] in suspected):
            # One session left open by one of sixty scenarios is no reason to run four hundred cells alone.
            (together if nothing_points and not hangs else suspects).append(cell)
        elif not final and _is_in_doubt(line, outcome, alone=alone):
            together.append(cell)
        else:
            said = _of_crawl(line, outcome) if line and not outcome.damage else _of_unfinished(cell, outcome)
            key = CellKey(environment, batch.lane.name, *cell)
            close = _close(outcome, is_blamed=cell in blamed, alone=alone)
            mark = fingerprint(batch.lane.name, cell[0])
            result = _result(key, said, outcome, facts=facts, close=close, fingerprint=mark, isolated=alone)
            results.append(_believed(result, batch))
    return BatchVerdict(results=tuple(results), again_together=tuple(together), again_alone=tuple(suspects))


def broken(batch: Batch, said: UnusableReport, environment: str, fingerprint: Fingerprint) -> list[CellResult]:
    """Return results of `batch` in an environment where Scrapy does not import, as a process has said."""
    return [
        CellResult(
            key=CellKey(environment, batch.lane.name, scenario, helper),
            outcome=Outcome.BROKEN,
            mechanism=said.mechanism,
            detail=said.detail,
            close=None,
            facts=None,
            seconds=None,
            isolated=False,
            fingerprint=fingerprint(batch.lane.name, scenario),
            evidence=Evidence(exception=said.exception),
        )
        for scenario, helper in batch.cells
    ]


def _is_in_doubt(line: CellReport | None, outcome: BatchOutcome, *, alone: bool) -> bool:
    """Whether the way its process ended leaves open what is to be said of a cell."""
    if line is None:
        return outcome.broken is None
    # A crawl that hangs with one cell in it hangs because of that cell.
    return outcome.close is None or (outcome.close.close is Close.HUNG and not alone)


def _of_crawl(line: CellReport, outcome: BatchOutcome) -> CellReport:
    """`line`, or that it is broken where not even the host's crawl ran beside one that failed.

    What ends its own import fails whatever Scrapy does.
    """
    by_itself = (line.mechanism or "").startswith(IMPORT_FAILED)
    if line.outcome is Outcome.FAIL and outcome.broken is not None and outcome.facts is None and not by_itself:
        return msgspec.structs.replace(line, outcome=Outcome.BROKEN)
    return line


def _of_unfinished(cell: Cell, outcome: BatchOutcome) -> CellReport:
    """Return what is to be said of a cell of which its process said nothing, or nothing that can be believed."""
    scenario, helper = cell
    end = outcome.end

    def said(
        of: Outcome, mechanism: str, detail: str, *, exception: str | None = None, stacks: str | None = None
    ) -> CellReport:
        return CellReport(
            scenario=scenario,
            helper=helper,
            outcome=of,
            mechanism=mechanism,
            detail=detail,
            exception=exception,
            stacks=stacks,
        )

    if end is not None and end.killed == FLOODED:
        return said(Outcome.CRASH, "outcomes-flood", "more was written as outcomes than a batch can have; killed")
    if end is not None and end.killed == MEMORY_LIMIT:
        return said(Outcome.CRASH, "memory-limit", "it held more memory than `memory` of the matrix allows; killed")
    if outcome.damage is not None:
        return said(Outcome.CRASH, "damaged-outcomes", f"what its process wrote cannot be believed: {outcome.damage}")
    if (broken := outcome.broken) is not None:
        return said(Outcome.BROKEN, broken.mechanism, broken.detail, exception=broken.exception)
    if end is not None and end.killed is not None:
        return said(Outcome.HANG, "killed", "no sign of life; killed", stacks=end.stderr)
    of, mechanism, detail = _ended(end)
    return said(of, mechanism, detail)


def _ended(end: EndReport | None) -> tuple[Outcome, str, str]:
    """Return outcome, mechanism and detail of a process that ended before it had said anything."""
    if end is not None and end.signal:
        name = signal_name(end.signal)
        return Outcome.CRASH, f"signal-{name}", f"the process was ended by {name}"
    if end is not None and end.exit:
        name, code = exit_name(end.exit), str(end.exit)
        detail = f"the process ended with exit code {code}" + (f", {name}" if name != code else "")
        return Outcome.CRASH, f"exit-{name}", detail
    return Outcome.CRASH, "no-outcome", "the process ended without a word"


def _facts(line: FactsReport | None) -> Facts | None:
    return None if line is None else Facts(reactor=line.reactor, loop=line.loop, policy=line.policy)


def _close(outcome: BatchOutcome, *, is_blamed: bool, alone: bool) -> Close | None:
    if outcome.close is None or outcome.broken is not None:
        return None
    if outcome.close.close is Close.HUNG:
        return Close.HUNG
    return Close.UNCLEAN if is_blamed or (alone and outcome.close.reasons) else Close.CLEAN


def _result(
    key: CellKey,
    said: CellReport,
    outcome: BatchOutcome,
    *,
    facts: Facts | None,
    close: Close | None,
    fingerprint: str,
    isolated: bool,
) -> CellResult:
    if said.outcome is Outcome.UNSUPPORTED:
        # Nothing was run for it, whatever else its process did.
        facts, close = None, None
    end, closing = outcome.end, outcome.close
    reasons: list[str] = []
    if closing is not None:
        reasons += [f"close: {reason}" for reason in closing.reasons if isolated]
        reasons += [f"close: {why}" for scenario, helper, why in closing.blamed if key[2:] == (scenario, helper)]
    stacks = said.stacks or (closing.stacks if isolated and closing is not None else None) or ""
    evidence = Evidence(
        exception="\n".join([said.exception or "", *reasons]).strip("\n"),
        stacks=stacks,
        # What a batch prints belongs to none of its cells more than to another; alone it can be had any time.
        stdout=end.stdout if isolated and end is not None else "",
        stderr=end.stderr if isolated and end is not None else "",
        suite=_suite(outcome) if isolated else None,
    )
    return CellResult(
        key=key,
        outcome=said.outcome,
        mechanism=said.mechanism,
        detail=said.detail,
        close=close,
        facts=facts,
        seconds=said.seconds,
        isolated=isolated,
        fingerprint=fingerprint,
        evidence=evidence if evidence.suite is not None or any(evidence.texts.values()) else None,
    )


def _suite(outcome: BatchOutcome) -> SuiteReport | None:
    said = outcome.suite
    if said is None:
        return None
    return SuiteReport(
        tests=tuple(
            SuiteTest(id=name, outcome=of, seconds=seconds, message=message, place=place)
            for name, of, seconds, message, place in outcome.tests
        ),
        counts=dict(said.counts),
        seconds=said.seconds,
        longest=said.longest,
        reactor_choices=tuple(said.reactor_choices),
        notes=tuple(said.notes),
        deprecated=tuple(said.deprecated),
        network=tuple(said.network),
    )


def _believed(result: CellResult, batch: Batch) -> CellResult:
    """`result`, or `misconfigured` instead where the process ran on something else than the lane asks for."""
    if not result.outcome.measured or result.outcome.cut_short or result.facts is None:
        return result
    mismatch = batch.lane.mismatch(result.facts)
    if mismatch is None:
        return result
    mechanism, detail = mismatch
    outcome = f"{result.outcome}{f' ({result.mechanism})' if result.mechanism else ''}"
    return replace(
        result,
        outcome=Outcome.MISCONFIGURED,
        mechanism=mechanism,
        detail=f"{detail}; there the await gave: {outcome}",
    )
