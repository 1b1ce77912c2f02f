"""What `try` prints of several targets, and of what changed between two releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.infra.text import one_line
from harness.model.outcome import Outcome
from harness.render.target_document import target_document
from harness.render.target_words import change_lines
from harness.targets.target_list import TargetLine, outcome_of, releases_of


def target_lines(lines: Sequence[TargetLine]) -> Iterator[str]:
    """Yield one table over several targets: which of them work with which Scrapy; then where each answer is."""
    releases = releases_of(lines)
    names = [_name(line) for line in lines]
    width = max(map(len, ["", *names]))
    columns = [max(4, len(release)) for release in releases]
    if releases:
        heads = [release.ljust(column) for release, column in zip(releases, columns, strict=True)]
        yield f"{'Scrapy':<{width}}  {'  '.join(heads)}".rstrip()
    for name, line in zip(names, lines, strict=True):
        told = [_symbol(outcome_of(line, release)).ljust(column)
                for release, column in zip(releases, columns, strict=True)]  # fmt: skip
        yield f"{name:<{width}}  {'  '.join(told)}".rstrip()
    used = {outcome for line in lines for release in releases if (outcome := outcome_of(line, release)) is not None}
    if used:
        yield ""
        yield ", ".join(f"{each.symbol} {each.value}" for each in Outcome if each in used) + "; -: not asked"
    for line in lines:
        yield ""
        yield from _more(line)


def untried_lines(line: TargetLine) -> Iterator[str]:
    """Yield why nothing is known of a target."""
    yield f"{_name(line)} was not tried: {one_line(str(line.error))}"


def line_document(line: TargetLine) -> dict[str, object]:
    """Return one of several targets, as `--json` lists them: its document, or why there is none."""
    found = None if line.tried is None or line.answer is None else target_document(line.tried, line.answer)
    return {"target": line.target, "found": found, "error": None if line.error is None else str(line.error)}


def _name(line: TargetLine) -> str:
    return one_line(line.target) if line.tried is None else line.tried.built.told


def _symbol(outcome: Outcome | None) -> str:
    return "-" if outcome is None else outcome.symbol


def _more(line: TargetLine) -> Iterator[str]:
    """Yield what is to be said of one target below the table."""
    if line.answer is None or line.tried is None:
        yield from untried_lines(line)
        return
    answer = line.answer
    verb = "starts its spiders" if answer.spiders else "works" if answer.tested else "imports"
    works = (
        f"{verb} with Scrapy {answer.works} on Python {answer.pythons}" if answer.works else f"{verb} with no release"
    )
    yield f"{_name(line)}, {line.tried.read.snapshot.revision}: {works}, of {answer.asked}."
    if line.read is not None and line.read.suite and line.tried.control.stopped:
        yield f"  its tests were not run elsewhere: {one_line(line.tried.control.stopped)}"
    for cause in answer.causes[:1]:
        yield f"  most cells: {cause.outcome.value} {one_line(cause.mechanism)}: {one_line(cause.detail)}"
    if answer.change is not None:
        yield from (f"  {text}" for text in change_lines(answer.change))
    yield f"  every cell: scrapy-compat cells --state {line.tried.read.state}"
