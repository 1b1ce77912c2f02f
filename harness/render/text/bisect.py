"""A bisection in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.experiments.any_release import PYTHON, SCRAPY
from harness.experiments.bisect.package_search import PackageSearch
from harness.experiments.bisect.step_results import Beginning, Bisection, StepResult
from harness.infra.text import LINE_CAP, one_line
from harness.model.ids import CellKey
from harness.model.outcome import Outcome

_FRAMES = 3


def bisection_lines(cell: CellKey, bisection: Bisection) -> Iterator[str]:
    """Return what changes between which two, with the evidence of both sides."""
    yield cell.id
    yield from _along_lines(bisection)


def search_lines(cell: CellKey, search: PackageSearch) -> Iterator[str]:
    """Return which package changes a cell, what was tried before it, and in how many environments the cell was run."""
    yield cell.id
    yield f"the error names {', '.join(search.named)}" if search.named else "the error names no package"
    tried = search.searches if search.found is None else search.searches[:-1]
    before = [f"{each.axis} ({len(each.tried)} tried)" for each in tried]
    if before:
        yield f"does not change it: {', '.join(before)}"
    if search.skipped:
        yield f"nothing to try of {', '.join(search.skipped)}"
    if search.found is None:
        yield "no package changes it alone"
    else:
        yield from _along_lines(search.found)
        yield ""
        if search.others:
            yield f"{search.others} more changed along {search.found.axis}, not this result: --axis {search.found.axis}"
    yield f"the cell was run in {search.trials} environments"


def search_object(cell: CellKey, search: PackageSearch) -> dict[str, object]:
    """Return what the search for a package found as an object, for programs."""
    return {
        "cell": cell.id,
        "named": search.named,
        "found": None if search.found is None else search.found.axis,
        "searches": [bisection_object(cell, each) for each in search.searches],
        "skipped": search.skipped,
        "trials": search.trials,
    }


def _along_lines(bisection: Bisection) -> Iterator[str]:
    steps = bisection.steps
    span = f"{len(steps)} from {steps[0].label} to {steps[-1].label}, {len(bisection.tried)} of them tried"
    yield f"along {bisection.axis}: {span}"
    if bisection.beginning is not None:
        yield from _beginning_lines(bisection, bisection.beginning)
    if not bisection.changes:
        yield f"no change between those that were tried: {_outcome(bisection.tried[0])}"
    for before, after in bisection.changes:
        yield ""
        yield f"{_name(bisection.axis)} {before.step.label} -> {after.step.label}"
        yield from _side_lines(bisection.axis, before)
        yield from _side_lines(bisection.axis, after)
        different = ", ".join(differences(before.versions, after.versions))
        yield f"  packages that differ: {different or 'none'}"


def _beginning_lines(bisection: Bisection, beginning: Beginning) -> Iterator[str]:
    """Return where it began, and whether that was right."""
    first, last = beginning.stored.first, beginning.stored.last
    name = _name(bisection.axis)
    runs = " and ".join(dict.fromkeys((first.run, last.run)))
    yield f"{runs}: {name} {first.label} {_result(*first.result)}, {last.label} {_result(*last.result)}"
    before, after = beginning.measured
    if beginning.holds:
        yield "  began with these two, which were run again and differ; nothing outside them was tried"
        if bisection.whole > len(bisection.tried):
            yield f"  the whole range takes {bisection.whole} if nothing else changes in it"
    else:
        now = f"{before.step.label} {_outcome(before)}, {after.step.label} {_outcome(after)}"
        yield f"  run again, it is not so: {now}; the whole range was bisected"


def bisection_object(cell: CellKey, bisection: Bisection) -> dict[str, object]:
    """Return what a bisection found as an object, for programs."""
    return {
        "cell": cell.id,
        "axis": bisection.axis,
        "steps": [step.label for step in bisection.steps],
        "beginning": None if bisection.beginning is None else _beginning_object(bisection.beginning),
        "whole": bisection.whole,
        "tried": [_side_object(side) for side in bisection.tried],
        "changes": [
            {
                "before": before.step.label,
                "after": after.step.label,
                "packages": differences(before.versions, after.versions),
            }
            for before, after in bisection.changes
        ],
    }


def _beginning_object(beginning: Beginning) -> dict[str, object]:
    return {
        "stored": [
            {"step": end.label, "outcome": end.result[0], "mechanism": end.result[1], "run": end.run}
            for end in (beginning.stored.first, beginning.stored.last)
        ],
        "holds": beginning.holds,
    }


def _side_object(side: StepResult) -> dict[str, object]:
    evidence = None if side.cell is None else side.cell.evidence
    return {
        "step": side.step.label,
        "day": side.step.day,
        "outcome": side.outcome,
        "mechanism": side.mechanism,
        "detail": side.detail,
        "facts": None if side.cell is None else side.cell.facts,
        "exception": None if evidence is None else evidence.exception,
        "versions": side.versions,
    }


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the packages whose versions differ, as `twisted 22.10.0 -> 23.8.0`."""
    names = sorted({*before, *after} - {"python_build"})
    return [
        f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _side_lines(axis: str, side: StepResult) -> Iterator[str]:
    day = f" ({side.step.day})" if side.step.day is not None else ""
    yield f"  {_name(axis)} {side.step.label}{day}: {_outcome(side)}"
    cell = side.cell
    if side.detail:
        yield f"    {one_line(side.detail, LINE_CAP)}"
    if cell is not None and cell.facts is not None:
        yield f"    reactor {cell.facts.reactor}, loop {cell.facts.loop}"
    if cell is not None and cell.evidence is not None and cell.evidence.exception:
        # The detail says the exception's message already.
        frames = [line for line in cell.evidence.exception.splitlines() if line.lstrip().startswith('File "<')]
        yield from (f"    {one_line(line, LINE_CAP)}" for line in frames[-_FRAMES:])


def _outcome(side: StepResult) -> str:
    return _result(side.outcome, side.mechanism)


def _result(outcome: Outcome, mechanism: str | None) -> str:
    return f"{outcome}{f' {mechanism}' if mechanism else ''}"


def _name(axis: str) -> str:
    return {SCRAPY: "Scrapy", PYTHON: "Python"}.get(axis, axis)
