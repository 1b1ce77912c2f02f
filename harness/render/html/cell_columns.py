"""The cells of a view as columns, and what their numbers stand for."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator
from itertools import repeat
from typing import Any

from harness.infra.text import visible
from harness.judge.claim_results import Judgement
from harness.judge.verdict import ClaimMatches
from harness.render.html.columns import Column, Numbers, Pool
from harness.render.html.evidence import Texts, evidence_numbers
from harness.render.view import ReportView
from harness.store.records import Observation

_DETAIL = 500
"""Characters kept of a detail."""
_DETAILS = 2_000_000
"""Characters of all different details together."""
_LEVELS = 63

Judged = tuple[str | None, tuple[str, ...], tuple[str, ...]]
"""Verdict, claims that the cell confirms, claims that it refutes."""


class Cells:
    """Gathers the cells of a view once. `header` and `columns` go into the page."""

    def __init__(self, view: ReportView, judgement: Judgement | None, texts: Texts) -> None:
        """`judgement`: of the view's cells."""
        self._view = view
        self._lanes = {name: number for number, name in enumerate(view.lanes)}
        self._seen: Pool[tuple[Any, ...]] = Pool()
        self._judged: Pool[Judged] = Pool()
        self._details_left = _DETAILS
        self._known: dict[int, int] = {}
        self._opinions: dict[tuple[Hashable, int], int] = {}
        self._expectations = () if judgement is None else judgement.expectations
        kept, self._evidence = evidence_numbers(view, texts)
        grids = {id(grid): number for number, grid in enumerate(view.grids)}
        environments = {each.planned.id: number for number, each in enumerate(view.environments)}
        self._overlays: Pool[tuple[str, ...]] = Pool()
        self._blocks: list[tuple[int, int, int, int]] = []
        self._columns = {name: Column() for name in ("seen", "judged", "evidence", "time")}
        judged = self._judgements(judgement)
        for block in view.blocks:
            grid = grids[id(block.lane.cells)]
            place = (environments[block.environment.id], self._lanes[block.lane.name], grid)
            self._blocks.append((*place, self._overlays.add(block.lane.overlays)))
            like = (block.lane.name, grid)
            add = {name: column.add for name, column in self._columns.items()}
            add["seen"](like, [self._seen_number(each) for each in block.observations])
            add["judged"](like, [next(judged) for _ in block.observations])
            add["evidence"](like, [0 if each is None else kept.get(each, 0) for each in block.evidence])
            add["time"](like, list(map(level_of, block.seconds)))

    def header(self) -> dict[str, Any]:
        """Return what the numbers stand for."""
        view = self._view
        scenarios = {name: number for number, name in enumerate(view.scenarios)}
        helpers = {name: number for number, name in enumerate(view.helpers)}
        return {
            "grids": [
                [[scenarios[scenario] for scenario, _ in grid], [helpers[helper] for _, helper in grid]]
                for grid in view.grids
            ],
            "seen": list(self._seen),
            "judged": list(self._judged),
            "needs": list(self._overlays),
            "evidence": self._evidence,
        }

    def columns(self) -> dict[str, Numbers | list[int]]:
        """Return one column for each thing that is known of cells, and one for each that is of blocks."""
        parts = {f"block_{name}": [each[place] for each in self._blocks]
                 for place, name in enumerate(("environment", "lane", "grid", "needs"))}  # fmt: skip
        return {**parts, **{name: column.numbers() for name, column in self._columns.items()}}

    def _seen_number(self, seen: Observation) -> int:
        number = self._known.get(id(seen))
        if number is None:
            facts = seen.facts
            parts = (None, None, None) if facts is None else (facts.reactor, facts.loop, facts.policy)
            close = None if seen.close is None else seen.close.value
            told = (seen.outcome.value, _short(seen.mechanism), self._detail(seen.detail), close)
            shown = (*told, *map(_short, parts), int(seen.isolated))
            number = self._known[id(seen)] = self._seen.add(shown)
        return number

    def _detail(self, text: str | None) -> str | None:
        if text is None:
            return None
        self._details_left -= min(len(text), _DETAIL)
        if self._details_left < 0:
            return "… left out here: there is too much of it; `scrapy-compat show` of this cell has it"
        return _short(text, _DETAIL)

    def _judgements(self, judgement: Judgement | None) -> Iterator[int]:
        if judgement is None:
            yield from repeat(self._judged.add((None, (), ())))
            return
        for verdict, opinion in zip(judgement.verdicts, judgement.opinions, strict=True):
            key = (verdict.value, id(opinion))
            number = self._opinions.get(key)
            if number is None:
                number = self._opinions[key] = self._judged.add((verdict.value, *self._claims(opinion)))
            yield number

    def _claims(self, opinion: ClaimMatches) -> tuple[tuple[str, ...], tuple[str, ...]]:
        against = self._names(opinion.disagreeing)
        return tuple(name for name in self._names(opinion.agreeing) if name not in against), against

    def _names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._expectations[number].claim.id for number in numbers))


def level_of(seconds: float | None) -> int:
    """Return a duration as a step of a scale: 0 is none, each step is the half of an octave above 0.1 ms."""
    if seconds is None:
        return 0
    return 1 + max(0, min(_LEVELS - 1, round(2 * math.log2(max(seconds, 1e-4) / 1e-4))))


def _short(text: str | None, cap: int = 200) -> str | None:
    if text is None:
        return None
    line = visible(" ".join(text[: cap * 8].split()))
    left_out = max(len(text), len(line)) - cap
    return line if left_out <= 0 else f"{line[:cap]} [… {left_out:,} characters cut]"
