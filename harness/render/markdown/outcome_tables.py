"""Tables of outcomes: helper x lane by release of Scrapy, and scenario x helper, with what is equal folded into one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.infra.text import code, number, plural
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome
from harness.render.cell_phrases import CellPhrases
from harness.render.view import ReportView

Kind = tuple[Outcome, "str | None"]
Item = TypeVar("Item", bound=Hashable)
_NOTED_KINDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTable:
    """Helper x lane for releases of Scrapy whose tables are equal, as Markdown cells."""

    releases: list[str]
    measured: int
    """Number of cells whose await was really tried."""
    pythons: set[str]
    profiles: set[str]
    without: list[str]
    """Lanes in which nothing was measured."""
    header: list[str]
    rows: list[list[str]]
    footnotes: list[str]
    """What the numbers in parentheses lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTable:
    """Scenario x helper, as Markdown cells."""

    alike: list[str]
    """Helpers that it leaves out: all scenarios are the same with them."""
    header: list[str]
    rows: list[list[str]]


class Footnotes:
    """Numbers the notes of a report, up to a limit."""

    def __init__(self, where: CellPhrases, limit: int) -> None:
        """`limit`: how many notes are written; what is past it goes without."""
        self.left_out = 0
        self.limit = limit
        self._where = where
        self._count = 0

    def add(self, notes: dict[str, int], cells: Sequence[KnownCell]) -> str:
        """Add a note on cells with different outcomes, and return the mark that leads to it, or nothing."""
        if self._count >= self.limit:
            self.left_out += 1
            return ""
        text = self._explained(cells)
        if text not in notes:
            self._count += 1
            notes[text] = len(notes) + 1
        return f" ({notes[text]})"

    def _explained(self, cells: Sequence[KnownCell]) -> str:
        by_kind: dict[Kind, list[KnownCell]] = defaultdict(list)
        for cell in cells:
            by_kind[cell.outcome, cell.mechanism].append(cell)
        kinds = sorted(by_kind, key=lambda kind: len(by_kind[kind]))
        rare = kinds[:-1][-_NOTED_KINDS:]
        parts = []
        for kind in rare:
            place = self._where.place(by_kind[kind], cells)
            count = len(by_kind[kind])
            share = (
                "every cell with" if place.inside == count else f"{number(count)} of the {number(place.inside)} with"
            )
            text = f"{share} {place.text}" if place.text else f"{number(count)} of all {number(place.inside)}"
            parts.append(f"{_kind(kind)} in {text}")
        if len(kinds) > len(rare) + 1:
            parts.append(f"{plural(len(kinds) - len(rare) - 1, 'other outcome')} in single cells")
        return "; ".join([*parts, f"else {_kind(kinds[-1])}"])


def release_tables(view: ReportView, where: CellPhrases, footnotes: Footnotes) -> Iterator[ReleaseTable]:
    """Return tables of helper x lane: one for all releases of Scrapy whose tables are equal, oldest first."""
    cells: dict[tuple[str, str, str], list[KnownCell]] = defaultdict(list)
    for cell in view.core.seen:
        cells[cell.at.scrapy, cell.at.lane, cell.at.helper].append(cell)
    shapes = {key: _shape(inside) for key, inside in cells.items()}

    def column(scrapy: str, lane: str) -> tuple[Hashable, ...]:
        return tuple(shapes.get((scrapy, lane, helper)) for helper in view.core.helpers)

    def whole(scrapy: str) -> tuple[Hashable, ...]:
        return tuple(column(scrapy, lane) for lane in view.lanes)

    releases = [scrapy for scrapy in view.scrapys if any(part for lane in whole(scrapy) for part in lane)]  # type: ignore[attr-defined]
    for group in _grouped(releases, whole):
        lanes = [lane for lane in view.lanes if any(column(group[0], lane))]
        columns = _grouped(lanes, lambda lane, first=group[0]: column(first, lane))  # type: ignore[misc]
        notes: dict[str, int] = {}
        rows = []
        for helper in view.core.helpers:
            row = [code(helper)]
            for together in columns:
                inside = [
                    cell for scrapy in group for lane in together for cell in cells.get((scrapy, lane, helper), ())
                ]
                text, mixed = cell_text(inside)
                row.append(text + (footnotes.add(notes, inside) if mixed else ""))
            rows.append(row)
        inside = [cell for cell in view.core.seen if cell.at.scrapy in group]
        yield ReleaseTable(
            releases=group,
            measured=sum(cell.outcome.measured for cell in inside),
            pythons={cell.at.python for cell in inside},
            profiles={cell.at.profile for cell in inside},
            without=[lane for lane in view.lanes if lane not in lanes],
            header=["", *(where.lanes(together, lanes) for together in columns)],
            rows=rows,
            footnotes=[f"({count}) {text}." for text, count in notes.items()],
        )


def scenario_table(view: ReportView) -> ScenarioTable | None:
    """Return a table of scenario x helper with the helpers for which scenarios differ; None where there is none."""
    cells: dict[tuple[str, str], list[KnownCell]] = defaultdict(list)
    for cell in view.core.seen:
        if cell.outcome.measured:
            cells[cell.at.scenario, cell.at.helper].append(cell)
    shapes = {key: _shape_by_place(inside) for key, inside in cells.items()}
    helpers = [
        helper for helper in view.core.helpers
        if len({shapes[key] for scenario in view.core.scenarios if (key := (scenario, helper)) in shapes}) > 1
    ]  # fmt: skip
    if not helpers:
        return None
    groups = _grouped(view.core.scenarios, lambda scenario: tuple(shapes.get((scenario, helper)) for helper in helpers))
    rows = []
    for group in groups:
        texts = [cell_text([cell for scenario in group for cell in cells.get((scenario, helper), ())])[0]
                 for helper in helpers]  # fmt: skip
        rows.append([", ".join(map(code, group)), *texts])
    alike = [helper for helper in view.core.helpers if helper not in helpers]
    return ScenarioTable(alike=alike, header=["", *map(code, helpers)], rows=rows)


def cell_text(cells: Sequence[KnownCell]) -> tuple[str, bool]:
    """Return what a table says of some cells, and whether their outcomes differ so that a note is due."""
    if not cells:
        return "", False
    kinds = Counter((cell.outcome, cell.mechanism) for cell in cells)
    outcomes = Counter(cell.outcome for cell in cells)
    every = len(cells)
    if len(outcomes) > 1:
        ordered = sorted(outcomes, key=lambda outcome: (outcome != Outcome.PASS, -outcomes[outcome]))
        counts = ", ".join(f"{outcome} {number(outcomes[outcome])}/{number(every)}" for outcome in ordered[:4])
        symbol = "◐" if Outcome.PASS in outcomes else "✗"
        return f"{symbol} {counts}{_reasons(kinds, outcomes)}", True
    (outcome,) = outcomes
    share = f"{number(every)}/{number(every)}"
    if outcome == Outcome.PASS:
        return f"✓ pass {share}", False
    symbol = not_passed(outcome)
    word = f"{outcome} " if outcome not in (Outcome.FAIL, Outcome.UNSUPPORTED) else ""
    if len(kinds) > 1:
        return f"{symbol} {outcome} {share}{_reasons(kinds, outcomes)}", True
    ((_, mechanism),) = kinds
    if mechanism is None:
        return f"{symbol} {outcome} {share}", False
    return f"{symbol} {word}{code(mechanism, 60)} {share}", False


def not_passed(outcome: Outcome) -> str:
    """Return the symbol of what did not pass: one for all that was tried, as their words stand beside it."""
    return Outcome.FAIL.symbol if outcome.tried else outcome.symbol


def _reasons(kinds: Counter[Kind], outcomes: Counter[Outcome]) -> str:
    named = [(kind, count) for kind, count in kinds.most_common() if kind[1] is not None and kind[0] != Outcome.PASS]
    if not named:
        return ""
    shown = []
    for (outcome, mechanism), count in named[:_NOTED_KINDS]:
        alone = count == outcomes[outcome]
        shown.append(code(mechanism or "", 60) + ("" if alone else f" {number(count)}"))
    more = f" and {number(len(named) - _NOTED_KINDS)} more" if len(named) > _NOTED_KINDS else ""
    return f": {', '.join(shown)}{more}"


def _kind(kind: Kind) -> str:
    outcome, mechanism = kind
    return outcome.value if mechanism is None else f"{outcome} {code(mechanism, 60)}"


def _shape(cells: Iterable[KnownCell]) -> Hashable:
    """Equal where a table would say the same of two groups of cells, their numbers aside."""
    scenarios: dict[Kind, set[str]] = defaultdict(set)
    for cell in cells:
        scenarios[cell.outcome, cell.mechanism].add(cell.at.scenario)
    if len(scenarios) == 1:
        return frozenset(scenarios)
    return frozenset((kind, frozenset(inside)) for kind, inside in scenarios.items())


def _shape_by_place(cells: Iterable[KnownCell]) -> Hashable:
    return frozenset((cell.at.scrapy, cell.at.lane, cell.outcome, cell.mechanism) for cell in cells)


def _grouped(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Items with equal keys together, in the order of their first one."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
