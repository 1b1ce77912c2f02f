"""What the page tells beside its tables of cells: claims, changes, ranges, pins, what could not be run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from harness.analysis.compat import Statement
from harness.analysis.ranges import natural_key
from harness.infra.text import one_line, plural
from harness.judge.claim_results import Judgement
from harness.matrix.pin_sets import PinSet
from harness.model.known_cells import KnownCell
from harness.render.cell_phrases import CellPhrases
from harness.render.claim_phrases import block_words, claim_notes
from harness.render.not_run_reasons import reasons, written_places
from harness.render.view import ReportView

_EXAMPLES = 12
_GROUPS = 400


def claims(view: ReportView, where: CellPhrases, judgement: Judgement) -> list[dict[str, Any]]:
    """Return every claim with its counter-examples; what is refuted first."""
    return [
        {
            "claim": each.claim,
            "releases": each.claim.releases,
            "verdict": each.verdict.value,
            "agreeing": each.agreeing,
            "disagreeing": each.disagreeing,
            "notes": [note.replace("`", "") for note in claim_notes(view, each)],
            "needs": [one_line(need, 400) for need in each.needs],
            "examples": [
                {
                    "count": example.count,
                    "seen": _kind(example.outcome.value, example.mechanism),
                    "expected": example.expected,
                    "where": block_words(view, where, example.block),
                    "cell": example.first.at.key.id,
                }
                for example in each.examples[:_EXAMPLES]
            ],
            "left_out": max(0, len(each.examples) - _EXAMPLES),
        }
        for results in judgement.claims_by_verdict.values()
        for each in results
    ]


def ranges(view: ReportView) -> list[dict[str, Any]]:
    """Return from which release on each helper works, lanes with the same answer as one row."""
    found = view.compat
    rows: dict[tuple[str, str, tuple[Statement, ...]], list[str]] = {}
    for helper, lanes in found.helpers.items():
        for lane, platforms in lanes.items():
            for platform, statements in platforms.items():
                rows.setdefault((helper, platform, tuple(statements)), []).append(lane)
    where = CellPhrases(view, str)
    return [
        {
            "helper": helper,
            "platform": platform,
            "lanes": where.lanes(lanes),
            "statements": list(map(_told, statements)),
        }
        for (helper, platform, statements), lanes in rows.items()
    ]


def _told(statement: Statement) -> dict[str, Any]:
    added, removed = statement.version_added, statement.version_removed
    if added is None:
        words = "not known"
    elif added is False:
        words = "in no release tried"
    else:
        words = f"from {added} on" if removed is None else f"from {added}, no longer from {removed} on"
    return {
        "words": words + (", in part" if statement.partial else ""),
        "state": "unknown" if added is None else "no" if added is False else "most" if statement.partial else "yes",
        "untested": statement.untested,
        "notes": [one_line(note, 300) for note in statement.notes],
    }


def pins(view: ReportView, known: dict[tuple[str, str], PinSet]) -> list[PinSet]:
    """Return what has to be held back, for the pairs of Scrapy and Python that the view has."""
    pairs = {(each.planned.scrapy, each.planned.python) for each in view.environments}
    found = [each for pair, each in known.items() if pair in pairs]
    return sorted(found, key=lambda each: (natural_key(each.scrapy), natural_key(each.python)))


def not_run(view: ReportView, where: CellPhrases) -> list[dict[str, Any]]:
    """Return what could not be run and why, each reason once."""
    return [
        {
            "outcome": each.outcome.value,
            "cells": each.cells,
            "places": list(written_places(view, where, each.places)),
            "lanes": where.lanes(each.lanes) if each.lanes and not each.lanes >= each.runnable else "",
            "text": each.text if each.alike else f"e.g. {each.text}",
        }
        for each in reasons(view)
    ]


def changes(view: ReportView, where: CellPhrases, judgement: Judgement) -> tuple[list[dict[str, Any]], int]:
    """Return cells that are not as claims or baseline say, alike ones as one row, and how many rows are left out."""
    groups: dict[tuple[str, str | None, str, str], list[KnownCell]] = defaultdict(list)
    for cell in judgement.unexpected:
        groups[cell.outcome.value, cell.mechanism, cell.at.scenario, cell.at.helper].append(cell)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    rows = [
        {
            "outcome": outcome,
            "seen": _kind(outcome, mechanism),
            "scenario": scenario,
            "helper": helper,
            "cells": len(cells),
            "where": " · ".join(_axes(view, where, cells)),
            "cell": cells[0].at.key.id,
        }
        for (outcome, mechanism, scenario, helper), cells in ordered[:_GROUPS]
    ]
    return rows, max(0, len(ordered) - _GROUPS)


def _axes(view: ReportView, where: CellPhrases, cells: list[KnownCell]) -> Iterator[str]:
    yield where.scrapy({view.labels[each.at.scrapy] for each in cells})
    yield where.python({each.at.python for each in cells})
    yield where.lanes({each.at.lane for each in cells})


def crawled(view: ReportView) -> str:
    """Return in how many environments a crawl ran."""
    planned = [each for each in view.environments if each.planned.status is None]
    return f"{sum(each.crawled for each in planned):,} of {plural(len(planned), 'environment')}"


def _kind(outcome: str, mechanism: str | None) -> str:
    return f"{outcome}: {one_line(mechanism, 80)}" if mechanism else outcome
