"""The answer in words: where each helper works, computed from the cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.axis_values import kind_of
from harness.analysis.ranges import fold
from harness.infra.text import code, join, number, plural
from harness.model.outcome import Outcome
from harness.render.attested_cell import AttestedCell
from harness.render.cell_phrases import CellPhrases
from harness.render.helper_support import HelperSupport, advised, is_tried
from harness.render.view import HELPER_MISSING, ReportView

_FAMILIES = {"asyncio": "with the asyncio reactor", "none": "without a reactor", "other": "with another reactor"}
"""Groups of lanes in which a Deferred is awaited in one and the same way, or should be."""

_LONGEST = 200
"""Characters of a description that still tells something."""

_AXES = ("scrapy", "lane", "scenario", "python", "profile", "platform")


def answers(view: ReportView) -> Iterator[str]:
    """Markdown list items: what to write, what no helper changes, then one for each helper over all the rest."""
    where = CellPhrases(view)
    aside = set_aside(view)
    by_helper = telling_cells(view, aside)
    yield from _what_to_write(view, by_helper)
    if aside.pairs:
        yield from _nowhere(aside)
    if aside.stuck:
        place = where.exact(aside.stuck, view.core.seen, _AXES)
        within = place or f"all of them with {where.place(aside.stuck, view.core.seen, _AXES).text}"
        yield (
            f"- **Hung or crashed** with half of the helpers or more, so that none of them is to blame: "
            f"{plural(len(aside.stuck), 'cell')}, {_mechanisms(aside.stuck)}: {within}."
        )
    for helper, cells in by_helper.items():
        yield f"- **{code(helper)}** {_answer(view, where, cells)}"


def _what_to_write(view: ReportView, by_helper: Mapping[str, Sequence[AttestedCell]]) -> Iterator[str]:
    """Helpers that passed everything in all releases between them, those for most releases first."""
    found = advised({helper: HelperSupport.of(cells) for helper, cells in by_helper.items()})
    if found is not None and found.helpers:
        parts = [f"{code(helper)} with Scrapy {fold(there, view.scrapys)}" for helper, there in found.helpers.items()]
        rest = f" With Scrapy {fold(found.without, view.scrapys)} no helper did." if found.without else ""
        yield f"- **What to write**: {join(parts)}. Each passed there whatever the reactor.{rest}"


def telling_cells(view: ReportView, aside: Aside) -> dict[str, list[AttestedCell]]:
    """Return the core cells that tell helpers apart, by helper."""
    by_helper: dict[str, list[AttestedCell]] = {helper: [] for helper in view.core.helpers}
    for cell in view.core.seen:
        if not aside.holds(cell):
            by_helper[cell.helper].append(cell)
    return by_helper


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What says nothing of one helper, because it is so with (nearly) all of them."""

    pairs: dict[tuple[str, str], list[AttestedCell]]
    """(family, scenario) that no helper passes, with the cells."""
    stuck: list[AttestedCell]
    """Cells that hung or crashed where at least half of the helpers did."""
    places: set[tuple[str, ...]]

    def holds(self, cell: AttestedCell) -> bool:
        """Whether a cell is set aside."""
        return (kind_of(cell.lane), cell.scenario) in self.pairs or (_is_stuck(cell) and _place(cell) in self.places)


def set_aside(view: ReportView) -> Aside:
    """The core cells that tell no helper from another."""
    tried = [cell for cell in view.core.seen if is_tried(cell)]
    by_pair: dict[tuple[str, str], list[AttestedCell]] = {}
    by_place: dict[tuple[str, ...], list[AttestedCell]] = {}
    for cell in tried:
        by_pair.setdefault((kind_of(cell.lane), cell.scenario), []).append(cell)
        by_place.setdefault(_place(cell), []).append(cell)
    passing = {kind_of(cell.lane) for cell in tried if cell.outcome == Outcome.PASS}
    pairs = {
        pair: cells
        for pair, cells in by_pair.items()
        # Where nothing passes at all, that is what is to be said of each helper.
        if pair[0] in passing
        and len({cell.helper for cell in cells}) > 1
        and all(cell.outcome != Outcome.PASS for cell in cells)
    }
    places = {
        place for place, cells in by_place.items() if len(cells) > 1 and sum(map(_is_stuck, cells)) * 2 >= len(cells)
    }
    stuck = [cell for place in places for cell in by_place[place] if _is_stuck(cell)]
    return Aside(pairs=pairs, stuck=stuck, places=places)


def _place(cell: AttestedCell) -> tuple[str, ...]:
    return (cell.platform, cell.scrapy, cell.python, cell.profile, cell.lane, cell.scenario)


def _is_stuck(cell: AttestedCell) -> bool:
    return cell.outcome.cut_short


def _nowhere(aside: Aside) -> Iterator[str]:
    """An item for each scenario that no helper passes, in all families of lanes or in some."""
    for scenario in dict.fromkeys(scenario for _, scenario in aside.pairs):
        inside = {name: cells for (name, asked), cells in aside.pairs.items() if asked == scenario}
        cells = [cell for found in inside.values() for cell in found]
        words = "" if len(inside) == len(_FAMILIES) else " " + join([_FAMILIES[name] for name in inside])
        count = plural(len(cells), "cell")
        yield f"- No helper makes **{code(scenario)}** pass{words}: {count}, {_mechanisms(cells)}."


def _answer(view: ReportView, where: CellPhrases, cells: Sequence[AttestedCell]) -> str:
    tried = [cell for cell in cells if is_tried(cell)]
    if not tried:
        return "could not be tried anywhere."
    missing = {cell.scrapy for cell in cells if cell.mechanism == HELPER_MISSING}
    there = fold({cell.scrapy for cell in tried}, view.scrapys)
    verb = "do" if len(missing) > 1 else "does"
    absent = f" Scrapy {fold(missing, view.scrapys)} {verb} not have it." if missing else ""
    passed = sum(cell.outcome == Outcome.PASS for cell in tried)
    if passed == len(tried):
        return f"passed wherever any helper does: {plural(passed, 'cell')}, Scrapy {there}.{absent}"
    if not passed:
        return f"passed nowhere: {plural(len(tried), 'cell')}, Scrapy {there}, {_mechanisms(tried)}.{absent}"
    parts = []
    for name, words in _FAMILIES.items():
        inside = [cell for cell in tried if kind_of(cell.lane) == name]
        if inside:
            parts.append(f"{words} {_part(where, inside)}")
    return f"passed in {_share(passed, len(tried))}, Scrapy {there}: {'; '.join(parts)}.{absent}"


def _part(where: CellPhrases, tried: Sequence[AttestedCell]) -> str:
    passing = [cell for cell in tried if cell.outcome == Outcome.PASS]
    failing = [cell for cell in tried if cell.outcome != Outcome.PASS]
    if not failing:
        return f"always ({number(len(tried))})"
    if not passing:
        return f"never ({number(len(tried))}: {_mechanisms(failing)})"
    shares = _share(len(passing), len(tried))
    exception, only = where.place(failing, tried, _AXES), where.place(passing, tried, _AXES)
    if only.inside == len(passing) and (len(passing) < len(failing) or exception.inside != len(failing)):
        return f"only {only.text} ({shares}; elsewhere {_mechanisms(failing)})"
    if exception.inside == len(failing):
        return f"everywhere but {exception.text} ({shares}; {_mechanisms(failing)})"
    most = f", all of them {exception.text}" if 0 < len(exception.text) <= _LONGEST else ""
    return f"in {shares}, not in {plural(len(failing), 'cell')}{most} ({_mechanisms(failing)})"


def _share(some: int, every: int) -> str:
    return f"{number(some)} of {plural(every, 'cell')}"


def _mechanisms(cells: Sequence[AttestedCell], listed: int = 3) -> str:
    counts: dict[str, int] = {}
    for cell in cells:
        name = cell.mechanism or cell.outcome.value
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: -counts[name])
    words = [code(name, 60) for name in ordered[:listed]]
    if len(ordered) > listed:
        words.append(f"{number(len(ordered) - listed)} more")
    return join(words)
