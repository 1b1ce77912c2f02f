"""What the other scenarios say, each in a few words: places, ways to start, libraries, beside plain callbacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from harness.infra.text import code, number, plural, prose
from harness.model.known_cells import KnownCell
from harness.model.outcome import HELPER_MISSING, Outcome
from harness.model.scenario_names import PLAIN_CALLBACK, family_of
from harness.render.cell_phrases import EVERYWHERE, CellPhrases
from harness.render.markdown.outcome_tables import not_passed
from harness.render.view import ReportView

ALIKE = "as in a callback"
"""What is said where a helper gives what it gives in a plain callback, be it good or bad."""

_Kind = tuple[Outcome, "str | None"]
_NO_HELPER = "none"
_LISTED = 6
_AXES = ("scrapy", "lane", "helper", "python", "profile", "platform")


def scenario_families(view: ReportView, where: CellPhrases) -> dict[str, dict[str, tuple[str, list[str]]]]:
    """Return question and what was seen, as Markdown, of each scenario but the core ones, by family: `start_*`."""
    core = set(view.core.scenarios)
    cells: dict[str, list[KnownCell]] = defaultdict(list)
    reference: dict[tuple[str, ...], _Kind] = {}
    for cell in view.seen:
        if cell.at.scenario == PLAIN_CALLBACK:
            reference[_place(cell)] = (cell.outcome, cell.mechanism)
        if cell.at.scenario not in core and cell.mechanism != HELPER_MISSING:
            cells[cell.at.scenario].append(cell)
    families: dict[str, dict[str, tuple[str, list[str]]]] = {f"{family_of(scenario)}_*": {} for scenario in cells}
    for scenario in sorted(cells):
        seen = _what_was_seen(where, cells[scenario], reference)
        families[f"{family_of(scenario)}_*"][scenario] = (_question(view, scenario), seen)
    return families


def _question(view: ReportView, scenario: str) -> str:
    """Return what it asks, names in it as code."""
    asked = view.plan.scenarios.get(scenario)
    parts = asked.question.split("`") if asked is not None else []
    return "".join(code(part, 60) if place % 2 else _between(part) for place, part in enumerate(parts))


def _between(part: str) -> str:
    """Text between two names, with the spaces around it."""
    before, after = part[:1] == " ", len(part) > 1 and part[-1] == " "
    return f"{' ' * before}{prose(part, 200)}{' ' * after}"


def _place(cell: KnownCell) -> tuple[str, ...]:
    return (cell.at.platform, cell.at.scrapy, cell.at.python, cell.at.profile, cell.at.lane, cell.at.helper)


def _what_was_seen(
    where: CellPhrases, cells: Sequence[KnownCell], reference: Mapping[tuple[str, ...], _Kind]
) -> list[str]:
    """Each thing that was seen and where, what is most common first; what could not be tried is left out."""
    tried = [cell for cell in cells if cell.outcome.ran]
    if not tried:
        return ["not tried anywhere"]
    kinds: dict[str, list[KnownCell]] = defaultdict(list)
    for cell in tried:
        kinds[_kind(cell, reference.get(_place(cell)))].append(cell)
    there = {cell.at.scrapy for cell in tried}
    asked = [scrapy for scrapy in where.scrapys if scrapy in there]
    parts = []
    for kind in sorted(kinds, key=lambda kind: -len(kinds[kind]))[:_LISTED]:
        some = kinds[kind]
        exact = where.exact(some, tried, _AXES, asked)
        if exact is not None:
            parts.append(f"{kind} everywhere" if exact == EVERYWHERE else f"{kind}: {exact}")
            continue
        place = where.place(some, tried, _AXES, asked)
        among = f"the {number(place.inside)} with {place.text}" if place.text else f"all {number(place.inside)} cells"
        parts.append(f"{kind} in {number(len(some))} of {among}")
    if len(kinds) > _LISTED:
        parts.append(f"… {plural(len(kinds) - _LISTED, 'more kind')}")
    first, last = (where.scrapys.index(end) for end in (asked[0], asked[-1]))
    gaps = [scrapy for scrapy in where.scrapys[first:last] if scrapy not in there]
    if gaps:
        parts.append(f"not tried: {where.scrapy(gaps)}")
    return parts


def _kind(cell: KnownCell, reference: _Kind | None) -> str:
    if cell.at.helper != _NO_HELPER and (cell.outcome, cell.mechanism) == reference:
        return ALIKE
    if cell.outcome == Outcome.PASS:
        return "✓ pass"
    return f"{not_passed(cell.outcome)} {cell.outcome}{f' {code(cell.mechanism, 60)}' if cell.mechanism else ''}"
