"""How a plan was adapted to the Pythons of a machine, and what could not be asked, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.analysis.ranges import natural_key, short_labels
from harness.infra.text import plural
from harness.model.ids import EnvironmentId
from harness.plan.adaptation import Adaptation, Substitution, Unasked
from harness.render.view import ReportView

TITLE = "What was asked on another Python, and what could not be asked"


def unasked_lines(adaptation: Adaptation) -> Iterator[str]:
    """Return what could not be asked, a line for each cause."""
    several = len(adaptation.available) > 1
    for each in adaptation.unasked:
        where = f"{each.platform}: " if several or each.platform == "wine" else ""
        yield f"{where}{_unasked(each)}"


def adaptation_lines(adaptation: Adaptation) -> Iterator[str]:
    """Return what stands in for what, in a line, then what could not be asked."""
    yield from substitution_lines(adaptation)
    yield from unasked_lines(adaptation)


def substitution_lines(adaptation: Adaptation) -> Iterator[str]:
    """Return what stands in for what, in a line, and where nobody has looked whether that starts."""
    if adaptation.substitutions:
        asked = [EnvironmentId.parse(name) for each in adaptation.substitutions for name in each.instead_of]
        taken = [EnvironmentId.parse(each.environment) for each in adaptation.substitutions]
        yield (
            f"Python {_folded(each.python for each in asked)}: not here, so {plural(len(taken), 'environment')} on "
            f"Python {_folded(each.python for each in taken)} {'is' if len(taken) == 1 else 'are'} measured instead of "
            f"{len(asked):,}"
        )
    assumed = [each.environment for each in adaptation.substitutions if each.assumed]
    if assumed:
        yield f"Nobody has looked whether a crawl starts in {', '.join(assumed)}: `scrapy-compat pins` does"


def instead_text(substitution: Substitution) -> str:
    """Return for which environments of the plan one is measured, and why."""
    pythons = list(dict.fromkeys(EnvironmentId.parse(name).python for name in substitution.instead_of))
    be = "is" if len(pythons) == 1 else "are"
    return f"for {' and '.join(substitution.instead_of)}, since Python {' and '.join(pythons)} {be} not here"


def substitution_rows(adaptation: Adaptation, quote: Callable[[str], str] = str) -> list[list[str]]:
    """Return each environment that stands in for others, and these."""
    return [[quote(each.environment), ", ".join(map(quote, each.instead_of))] for each in adaptation.substitutions]


def adaptation_section(view: ReportView, quote: Callable[[str], str] = str) -> dict[str, Any] | None:
    """Return what a report says of it; None where the plan is as it is written."""
    found = view.plan.adaptation
    return (
        None
        if found is None
        else {
            "title": TITLE,
            "lines": list(adaptation_lines(found)),
            "unasked": list(unasked_lines(found)),
            "rows": substitution_rows(found, quote),
        }
    )


def _unasked(each: Unasked) -> str:
    if each.cause == "python-missing":
        return f"Python {_folded(each.pythons)}: not here, and so not measured"
    told = f"Scrapy {_folded(short_labels(each.scrapys).values())}: not measured"
    if not each.pythons:
        return f"{told}, no Python is known on which a crawl starts"
    if len(each.pythons) == 1:
        return f"{told}, needs Python {each.pythons[0]}, which is not here"
    return f"{told}, needs one of Python {_folded(each.pythons)}, none of which is here"


def _folded(labels: Iterable[str]) -> str:
    """Return the labels in order, minor releases that follow one another as a range: `3.6-3.9, pypy3.11`."""
    runs: list[list[str]] = []
    for label in sorted(set(labels), key=natural_key):
        if runs and _next(runs[-1][-1]) == label:
            runs[-1].append(label)
        else:
            runs.append([label])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _next(label: str) -> str | None:
    """Return the minor release after one; None where it is none."""
    major, dot, minor = label.partition(".")
    return f"{major}.{int(minor) + 1}" if dot and minor.isdigit() else None
