"""What `try` prints: what was read and would run, and the answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harness.infra.text import one_line, plural
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment
from harness.render.rerun_command import run_again
from harness.render.text.try_several import change_lines
from harness.targets.declared_range import DeclaredRange
from harness.targets.minima import LOWEST
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
    lanes = dict.fromkeys(lane.name for each in _asked(read) for lane in each.lanes)
    tests = "load, suite" if read.suite else "load" + ("; no tests were found" if not declared.has_tests else "")
    yield f"{'lanes:':<{_LABEL}} {', '.join(lanes)}"
    yield f"{'checks:':<{_LABEL}} {tests}"
    what = "its tests, twice, and its import" if read.suite else "its import"
    yield f"{'control:':<{_LABEL}} {read.controls[0].told}: {what}, as its author runs it"
    yield f"{'runs are kept in:':<{_LABEL}} {read.state}"
    yield ""
    yield f"{plural(len(_asked(read)), 'environment')}, {plural(read.plan.count_runnable()[1], 'cell')}:"
    for each in _asked(read):
        yield f"  Python {each.python}, Scrapy {each.scrapy}, {each.profile}{_beyond(read, each)}"


def _asked(read: ReadTarget) -> list[PlannedEnvironment]:
    return [each for each in read.plan.environments if each.status is None]


def _beyond(read: ReadTarget, each: PlannedEnvironment) -> str:
    """Return what is said of an environment beyond what the target declares."""
    declared = read.declared
    inside = declared.requires_python.contains(f"{each.python}.9999") and declared.scrapy.contains(
        each.scrapy, prereleases=True
    )
    return "" if inside else "  (beyond what it declares)"


def answer_lines(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    """Return the answer: one sentence, one table, the causes, what comes, what was not asked."""
    built, read = tried.built, tried.read
    yield f"{built.name} {built.version}, {read.snapshot.revision}"
    yield from _sentence(answer)
    yield ""
    yield from _table(answer)
    yield ""
    yield f"Control, {tried.control_at.told}: {_control(tried)}."
    for passed_over, why in tried.passed_over:
        yield f"  not {passed_over.told}: {one_line(why)}"
    if answer.change is not None:
        yield ""
        yield from change_lines(answer.change)
    yield from _causes(tried, answer)
    yield from _listed("Declared against measured:", (_declared(each) for each in answer.declared if not each.agrees))
    yield from _listed("Declared minima, and what was installed of them:", _minima(answer))
    if answer.deprecated:
        yield ""
        yield "What later releases take away, in its own lines:"
        for place, text, count in answer.deprecated[:_SHOWN]:
            yield f"  {one_line(place)}: {one_line(text)} ({plural(count, 'cell')})"
    yield from _listed("Seen beside the tests:", answer.notes[:_SHOWN])
    yield from _listed(
        "Not asked:", [f"{plural(count, 'cell')} {one_line(why)}" for why, count in answer.unasked.items()]
    )
    yield ""
    yield f"Every cell: {shlex.join(['scrapy-compat', 'cells', '--state', str(read.state)])}"


def _declared(each: DeclaredRange) -> str:
    """Return what was measured of a range that a target declares."""
    parts = [f"it fails with {each.fails}"] if each.fails else []
    parts += [f"it works with {each.undeclared}, too"] if each.undeclared else []
    parts += [f"what was measured leaves {each.bears}"] if each.bears else []
    place = f" ({each.place})" if each.place else ""
    return f"{each.axis} {each.declared or 'any'}{place}: {'; '.join(parts)}"


def _minima(answer: TargetAnswer) -> Iterator[str]:
    if answer.lowest is not None:
        works = f"works with Scrapy {answer.lowest}" if answer.lowest else "works with no release of Scrapy"
        yield f"with these it {works}"
    for each in answer.minima:
        versions = ", ".join(f"{version} with Scrapy {releases}" for version, releases in each.versions)
        raised = "; it is lower than anything that can be installed" if each.raised else ""
        yield f"{each.requirement}: {versions}{raised}"


def _control(tried: TriedTarget) -> str:
    """Return what the control has shown."""
    control, suite = tried.control, tried.read.suite
    broken = [name for name, outcome in control.modules.items() if outcome == "failed"]
    told = [f"{plural(len(control.modules), 'module')}"]
    told += [f"{len(broken)} of which do not import there either: {one_line(', '.join(broken))}"] if broken else []
    if suite and control.stopped:
        told.append(f"its tests are nothing to compare with, and were not run elsewhere: {one_line(control.stopped)}")
        if "No module named" in control.stopped:
            told.append("what they need beside what was found can be named with --with")
    elif suite:
        bad = sum(outcome in {"failed", "error"} for outcome in control.tests.values())
        told.append(f"{plural(len(control.tests), 'test')}, {bad} failing, {len(control.flaky)} flaky")
    return "; ".join(told)


def _sentence(answer: TargetAnswer) -> Iterator[str]:
    verb = "works" if answer.tested else "imports"
    if not answer.works:
        some = f"in {answer.fine} of {plural(answer.environments, 'environment')}, with no Scrapy release in all"
        yield f"It {verb} {some if answer.fine else 'nowhere'}: of {answer.asked}."
        return
    yield f"It {verb} with Scrapy {answer.works} on Python {answer.pythons}, of {answer.asked}."
    lanes = ", ".join(answer.lanes)
    if answer.lanes and not answer.tested:
        yield f"It imports on {lanes}."
    elif answer.lanes:
        anyway = " but for those that fail in the control, too," if answer.anyway else ""
        yield f"Its tests pass on {lanes},{anyway} and use the reactor or loop there."
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
        lowest = ", with the lowest versions" if cause.profiles == (LOWEST.name,) else ""
        where = f"Scrapy {cause.scrapy}, Python {cause.python}, {', '.join(cause.lanes)}{lowest}"
        yield f"{number}. {cause.outcome.value} {one_line(cause.mechanism)}: {plural(cause.cells, 'cell')}: {where}"
        yield f"   {one_line(cause.detail)}"
        if cause.test is not None:
            yield f"   smallest test: {one_line(cause.test)}{f' at {one_line(cause.place)}' if cause.place else ''}"
        yield f"   run it alone: {one_line(run_again(tried.command, cause.example))}"
    if len(answer.causes) > CAUSES:
        yield ""
        yield f"{len(answer.causes) - CAUSES} more causes; --json has all of them."


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = [*lines]
    if listed:
        yield ""
        yield title
        yield from (f"  {line}" for line in listed)
