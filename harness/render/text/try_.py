"""What `try` prints: what was read and would run, and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harness.infra.text import one_line, plural
from harness.model.outcome import Outcome
from harness.targets.target_answer import CAUSES, TargetAnswer

if TYPE_CHECKING:
    from harness.targets.tried_target import ReadTarget, TriedTarget

_LABEL = 18
_SHOWN = 5


def plan_lines(read: ReadTarget) -> Iterator[str]:
    """Return what was read of a target, from which file, and what would run."""
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
    yield f"{'lanes:':<{_LABEL}} {', '.join(read.lanes)}"
    yield f"{'checks:':<{_LABEL}} {'load, suite' if read.suite else 'load: no tests were found, or none are asked'}"
    if read.control is not None:
        yield f"{'control:':<{_LABEL}} {read.control.told}, as its author runs it, twice"
    yield ""
    yield f"{plural(len(read.places), 'environment')}:"
    for place in read.places:
        yield f"  {place.told}"


def answer_lines(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    """Return the answer: one sentence, one table, the causes, what comes, what was not asked."""
    built, control = tried.built, tried.control
    yield f"{built.name} {built.version}, {tried.read.snapshot.revision}"
    yield from _sentence(answer)
    yield ""
    yield from _table(answer)
    if control is not None:
        bad = sum(outcome in {"failed", "error"} for outcome in control.tests.values())
        yield ""
        yield (
            f"Control: {tried.read.control.told if tried.read.control else ''}: "
            f"{plural(len(control.tests), 'test')}, {bad} failing, {len(control.flaky)} flaky."
        )
    yield from _causes(tried, answer)
    if answer.deprecated:
        yield ""
        yield "What later releases take away, in its own lines:"
        for place, text, count in answer.deprecated[:_SHOWN]:
            yield f"  {one_line(place)}: {one_line(text)} ({plural(count, 'cell')})"
    yield from _listed("Seen beside the tests:", answer.notes[:_SHOWN])
    yield from _listed(
        "Not asked:", [f"{plural(count, 'cell')} {one_line(why)}" for why, count in answer.unasked.items()]
    )


def _sentence(answer: TargetAnswer) -> Iterator[str]:
    if not answer.works:
        yield f"It works with no Scrapy release on every Python that was asked: {answer.asked}."
        return
    yield f"It works with Scrapy {answer.works} on Python {answer.pythons}, of {answer.asked}."
    if answer.lanes:
        yield f"Its tests pass on {', '.join(answer.lanes)}, and use the reactor or loop there."
    if answer.unproven:
        unproven = ", ".join(answer.unproven)
        yield f"Its tests pass without any reactor or loop on {unproven}: that proves nothing of these."
    if answer.failing:
        yield f"Its tests fail in some environments on {', '.join(answer.failing)}."


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
        where = f"Scrapy {cause.scrapy}, Python {cause.python}, {', '.join(cause.lanes)}"
        yield f"{number}. {cause.outcome.value} {one_line(cause.mechanism)}: {plural(cause.cells, 'cell')}: {where}"
        yield f"   {one_line(cause.detail)}"
        if cause.test is not None:
            yield f"   smallest test: {one_line(cause.test)}{f' at {one_line(cause.place)}' if cause.place else ''}"
        yield f"   run it alone: scrapy-compat try {one_line(tried.read.snapshot.asked)} --cell {cause.example}"
    if len(answer.causes) > CAUSES:
        yield ""
        yield f"{len(answer.causes) - CAUSES} more causes; --json has all of them."


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = [*lines]
    if listed:
        yield ""
        yield title
        yield from (f"  {line}" for line in listed)
