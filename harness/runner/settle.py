"""From what a process reported of a batch to results, and to the cells that have to be run again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.process.endings import exit_name, signal_name
from harness.results import CellKey, CellResult, Close, Evidence, Facts, Outcome
from harness.runner.orders import Batch, Cell
from harness.runner.outcomes import BatchOutcome, Line

Fingerprint = Callable[[str, str], str]
"""(lane, scenario) -> fingerprint of its cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a batch came to."""

    results: tuple[CellResult, ...]
    again_together: tuple[Cell, ...]
    """In a process that did not end well without a word of theirs against them: not finished, or finished and
    how their crawl closes is not known. Or all of many scenarios, one of which is to blame for an unclean close."""
    again_alone: tuple[Cell, ...]
    """Suspects: hung, or perhaps to blame for an unclean close."""


def settle(batch: Batch, outcome: BatchOutcome, *, environment: str, fingerprint: Fingerprint, final: bool) -> Settled:
    """Results of `batch`; with `final` every cell gets one, else surprises are handed back to be run again.

    A cell that ran alone is believed when it says that it hangs. `final` is for a process that was started
    from scratch for it: nothing else can be to blame for what happened there, a crash included.
    """
    alone = len(batch.cells) == 1
    facts = _facts(outcome.facts)
    blamed = {(scenario, helper) for scenario, helper, _ in (outcome.close or {}).get("blamed", ())}
    suspected = set() if alone or outcome.close is None else set(outcome.close.get("suspected", ()))
    scenarios = {scenario for scenario, _ in batch.cells}
    nothing_points = len(scenarios) > 1 and suspected == scenarios
    results: list[CellResult] = []
    together: list[Cell] = []
    suspects: list[Cell] = []
    for cell in batch.cells:
        line = outcome.cells.get(cell)
        hangs = line is not None and line["outcome"] == Outcome.HANG.value
        if not final and not alone and (hangs or cell[0] in suspected):
            # One session left open by one of sixty scenarios is no reason to run four hundred cells alone.
            (together if nothing_points and not hangs else suspects).append(cell)
        elif not final and _is_in_doubt(line, outcome, alone=alone):
            together.append(cell)
        else:
            said = _of_crawl(line, outcome) if line else _line_of_unfinished(outcome)
            key = CellKey(environment, batch.lane.name, *cell)
            close = _close(outcome, is_blamed=cell in blamed, alone=alone)
            mark = fingerprint(batch.lane.name, cell[0])
            result = _result(key, said, outcome, facts=facts, close=close, fingerprint=mark, isolated=alone)
            results.append(_believed(result, batch))
    return Settled(results=tuple(results), again_together=tuple(together), again_alone=tuple(suspects))


def broken(batch: Batch, line: Line, environment: str, fingerprint: Fingerprint) -> list[CellResult]:
    """Results of `batch` in an environment where Scrapy does not import, as the line `line` of a process says."""
    return [
        CellResult(
            key=CellKey(environment, batch.lane.name, scenario, helper),
            outcome=Outcome.BROKEN,
            mechanism=line["mechanism"],
            detail=line["detail"],
            close=None,
            facts=None,
            seconds=None,
            isolated=False,
            fingerprint=fingerprint(batch.lane.name, scenario),
            evidence=Evidence(exception=line["exception"]),
        )
        for scenario, helper in batch.cells
    ]


def _is_in_doubt(line: Line | None, outcome: BatchOutcome, *, alone: bool) -> bool:
    """Whether the way its process ended leaves open what is to be said of a cell."""
    if line is None:
        return outcome.broken is None
    # A crawl that hangs with one cell in it hangs because of that cell.
    return outcome.close is None or (outcome.close["close"] == Close.HUNG.value and not alone)


def _of_crawl(line: Line, outcome: BatchOutcome) -> Line:
    """`line`, or that it is broken where not even the host's crawl ran beside one that failed."""
    if line["outcome"] == Outcome.FAIL.value and outcome.broken is not None and outcome.facts is None:
        return {**line, "outcome": Outcome.BROKEN.value}
    return line


def _line_of_unfinished(outcome: BatchOutcome) -> Line:
    """What is to be said of a cell of which its process said nothing."""
    if outcome.broken is not None:
        return {**outcome.broken, "outcome": Outcome.BROKEN.value}
    end = outcome.end or {}
    if end.get("killed"):
        detail = "no sign of life; killed"
        return {"outcome": Outcome.HANG.value, "mechanism": "killed", "detail": detail, "stacks": end.get("stderr")}
    if end.get("signal"):
        name = signal_name(end["signal"])
        detail = f"the process was ended by {name}"
        return {"outcome": Outcome.CRASH.value, "mechanism": f"signal-{name}", "detail": detail}
    if end.get("exit"):
        name, code = exit_name(end["exit"]), str(end["exit"])
        detail = f"the process ended with exit code {code}" + (f", {name}" if name != code else "")
        return {"outcome": Outcome.CRASH.value, "mechanism": f"exit-{name}", "detail": detail}
    return {"outcome": Outcome.CRASH.value, "mechanism": "no-outcome", "detail": "the process ended without a word"}


def _facts(line: Line | None) -> Facts | None:
    if line is None:
        return None
    return Facts(reactor=line.get("reactor"), loop=line.get("loop"), policy=line.get("policy"))


def _close(outcome: BatchOutcome, *, is_blamed: bool, alone: bool) -> Close | None:
    if outcome.close is None or outcome.broken is not None:
        return None
    if outcome.close["close"] == Close.HUNG.value:
        return Close.HUNG
    return Close.UNCLEAN if is_blamed or (alone and outcome.close["reasons"]) else Close.CLEAN


def _result(
    key: CellKey,
    said: Line,
    outcome: BatchOutcome,
    *,
    facts: Facts | None,
    close: Close | None,
    fingerprint: str,
    isolated: bool,
) -> CellResult:
    if said["outcome"] == Outcome.UNSUPPORTED.value:
        # Nothing was run for it, whatever else its process did.
        facts, close = None, None
    end, closing = outcome.end or {}, outcome.close or {}
    reasons = [f"close: {reason}" for reason in closing.get("reasons", ()) if isolated]
    reasons += [f"close: {why}" for scenario, helper, why in closing.get("blamed", ()) if key[2:] == (scenario, helper)]
    stacks = said.get("stacks") or (closing.get("stacks") if isolated else None) or ""
    evidence = Evidence(
        exception="\n".join([said.get("exception") or "", *reasons]).strip("\n"),
        stacks=stacks,
        # What a batch prints belongs to none of its cells more than to another; alone it can be had any time.
        stdout=end.get("stdout", "") if isolated else "",
        stderr=end.get("stderr", "") if isolated else "",
    )
    return CellResult(
        key=key,
        outcome=Outcome(said["outcome"]),
        mechanism=said.get("mechanism"),
        detail=said.get("detail"),
        close=close,
        facts=facts,
        seconds=said.get("seconds"),
        isolated=isolated,
        fingerprint=fingerprint,
        evidence=evidence if any((evidence.exception, evidence.stacks, evidence.stdout, evidence.stderr)) else None,
    )


def _believed(result: CellResult, batch: Batch) -> CellResult:
    """`result`, or `misconfigured` instead where the process ran on something else than the lane asks for."""
    if result.outcome not in (Outcome.PASS, Outcome.FAIL) or result.facts is None:
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
