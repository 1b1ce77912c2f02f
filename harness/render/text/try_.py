"""What `try` prints: what was read and would run, and the answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.infra.text import one_line, plural
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment
from harness.render.project_plan import asked_environments, project_plan_lines
from harness.render.rerun_command import run_again
from harness.render.target_words import (
    cause_heading,
    cause_place,
    change_lines,
    control_lines,
    sections,
    sentences,
)
from harness.targets.target_answer import CAUSES, TargetAnswer

if TYPE_CHECKING:
    from harness.targets.tried_target import ReadTarget, TriedTarget

_LABEL = 18
_SHOWN = 5


def plan_lines(read: ReadTarget) -> Iterator[str]:
    """Return what was read of a target, from which file, and what would run."""
    if read.declared.project is not None:
        yield from project_plan_lines(read, read.declared.project)
        return
    declared = read.declared
    yield f"{declared.name} {declared.version or '(version not written in a file)'}, {read.snapshot.revision}"
    yield ""
    told = {
        "requires_python": ("Python", str(declared.requires_python) or "any"),
        "scrapy": ("Scrapy", str(declared.scrapy) or "any"),
        "test_requirements": ("tests need", ", ".join(declared.test_requirements)),
        "arguments": ("pytest is given", " ".join(declared.arguments) or "nothing"),
        "environment": ("variables", ", ".join(f"{name}={text}" for name, text in declared.environment.items())),
    }
    for key, (label, text) in told.items():
        if text:
            where = declared.read_from.get(key)
            yield f"{label + ':':<{_LABEL}} {one_line(text)}{f'  ({where})' if where else ''}"
    lanes = dict.fromkeys(lane.name for each in asked_environments(read) for lane in each.lanes)
    tests = "load, suite" if read.suite else "load" + ("; no tests were found" if not declared.has_tests else "")
    yield f"{'lanes:':<{_LABEL}} {', '.join(lanes)}"
    yield f"{'checks:':<{_LABEL}} {tests}"
    what = "its tests, twice, and its import" if read.suite else "its import"
    yield f"{'control:':<{_LABEL}} {read.controls[0].told}: {what}, as its author runs it"
    time = "no end" if read.budget == "none" else f"{read.budget} for all but the control; the same command goes on"
    yield f"{'time:':<{_LABEL}} {time}"
    yield f"{'runs are kept in:':<{_LABEL}} {read.state}"
    yield ""
    yield f"{plural(len(asked_environments(read)), 'environment')}, {plural(read.plan.count_runnable()[1], 'cell')}:"
    for each in asked_environments(read):
        yield f"  Python {each.python}, Scrapy {each.scrapy}, {each.profile}{_beyond(read, each)}"


def _beyond(read: ReadTarget, each: PlannedEnvironment) -> str:
    """Return what is said of an environment beyond what the target declares."""
    return "" if read.declared.allows(each.python, each.scrapy) else "  (beyond what it declares)"


def answer_lines(tried: TriedTarget, answer: TargetAnswer, page: Path) -> Iterator[str]:
    """Return the answer: one sentence, one table, the causes, what comes, what was not asked; `page`: its report."""
    built, read = tried.built, tried.read
    yield f"{built.told}, {read.snapshot.revision}"
    yield from sentences(tried, answer)
    yield ""
    yield from _table(answer)
    yield ""
    control, *passed_over = control_lines(tried)
    yield control
    yield from (f"  {line}" for line in passed_over)
    if answer.change is not None:
        yield ""
        yield from change_lines(answer.change)
    yield from _causes(tried, answer)
    for title, lines in sections(answer):
        yield from _listed(f"{title}:", lines)
    yield ""
    yield f"Report: {page} (beside it report.md, report.json)"
    yield f"Every cell: {shlex.join(['scrapy-compat', 'cells', '--state', str(read.state)])}"


def first_answer_lines(tried: TriedTarget, answer: TargetAnswer, seconds: float) -> Iterator[str]:
    """Return what is said before any test has run elsewhere: where it can be installed and imported."""
    yield f"First answer, after {seconds:.0f} s, for {tried.built.told}:"
    yield from sentences(tried, answer)
    yield from _table(answer)


def _table(answer: TargetAnswer) -> Iterator[str]:
    lanes = list(answer.table[0].lanes) if answer.table else []
    lines = [["Scrapy", *lanes], *([row.scrapy, *map(_told, row.lanes.values())] for row in answer.table)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def _told(outcome: Outcome | None) -> str:
    return "-" if outcome is None else f"{outcome.symbol} {outcome.value}"


def _causes(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    for number, cause in enumerate(answer.causes[:CAUSES], start=1):
        yield ""
        yield f"{number}. {cause_heading(cause)}: {cause_place(cause)}"
        yield f"   {one_line(cause.detail)}"
        if cause.test is not None:
            smallest = "spider" if answer.spiders else "smallest test"
            yield f"   {smallest}: {one_line(cause.test)}{f' at {one_line(cause.place)}' if cause.place else ''}"
        yield f"   run it alone: {one_line(run_again(tried.read.command, cause.example))}"
    if len(answer.causes) > CAUSES:
        yield ""
        yield f"{len(answer.causes) - CAUSES} more causes; --json has all of them."


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = [*lines]
    if listed:
        yield ""
        yield title
        yield from (f"  {line}" for line in listed)
