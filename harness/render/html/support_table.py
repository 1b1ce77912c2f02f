"""The compatibility table of a platform: helper x lane x release of Scrapy, with what is alike folded into one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.analysis.axis_values import kind_of
from harness.analysis.ranges import fold
from harness.infra.text import number, plural
from harness.model.known_cells import KnownCell
from harness.model.outcome import HELPER_MISSING, Outcome
from harness.render.cell_phrases import CellPhrases
from harness.render.helper_support import is_tried
from harness.render.html.inline_text import sentence
from harness.render.shared_failures import shared_failures
from harness.render.view import ReportView
from harness.render.wine_notice import PLATFORM, under_wine

SYMBOLS = {"yes": "✓", "most": "◕", "few": "◔", "no": "✗", "absent": "∅", "doubted": "≠", "unknown": ""}
"""By what is known of a helper in some releases."""
LEGEND = {
    "yes": "passed in every scenario",
    "most": "passed in at least half of them",
    "few": "passed in fewer",
    "no": "passed in none",
    "absent": "that release has no such thing",
    "doubted": "the process ran on something else than was asked for",
    "unknown": "nothing measured",
}
Place = tuple[str, str, str]
"""Helper, lane, release."""
Mark = tuple[str, str, bool]
"""State, words, whether something is unexpected: places with the same are shown as one."""
KINDS = {"asyncio": "asyncio reactor", "none": "no reactor", "other": "another reactor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Neighbouring releases in which a helper behaves alike."""

    state: str
    text: str
    """A few words beside the symbol."""
    told: str
    """The whole of it, for a tooltip and for those who do not see the symbol."""
    releases: tuple[str, ...]
    unexpected: int
    """Number of cells that are not as expected."""
    lanes: tuple[str, ...]

    @property
    def symbol(self) -> str:
        """What stands for the state without colour."""
        return SYMBOLS[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Lanes in which a helper behaves alike in all releases."""

    kind: str
    lanes: tuple[str, ...]
    words: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportTable:
    """The table of one platform."""

    platform: str
    releases: Sequence[str]
    helpers: dict[str, list[Row]]
    aside: int
    """Number of cells that are left out, since no helper changes what they give."""
    note: str
    """What has to be said of the platform; may be empty."""


def support_tables(view: ReportView, unexpected: Iterable[KnownCell]) -> Iterator[SupportTable]:
    """Return a table for each platform; what no helper changes is left out of it, as it is of the answer in words."""
    shared = shared_failures(view)
    cells: dict[str, dict[Place, list[KnownCell]]] = {platform: defaultdict(list) for platform in view.platforms}
    left_out: Counter[str] = Counter()
    for cell in view.core.seen:
        if shared.holds(cell):
            left_out[cell.at.platform] += is_tried(cell)
        else:
            cells[cell.at.platform][cell.at.helper, cell.at.lane, cell.at.scrapy].append(cell)
    surprises: dict[str, Counter[Place]] = {platform: Counter() for platform in view.platforms}
    core = set(view.core.scenarios)
    for each in (each for each in unexpected if each.at.scenario in core and each.outcome.judged):
        surprises[each.at.platform][each.at.helper, each.at.lane, view.labels[each.at.scrapy]] += 1
    for platform, inside in cells.items():
        table = _PlatformCells(view, inside, surprises[platform])
        helpers = {helper: list(table.rows(helper)) for helper in view.core.helpers}
        note = under_wine(view) if platform == PLATFORM else ""
        yield SupportTable(
            platform=platform, releases=table.releases, helpers=helpers, aside=left_out[platform], note=note
        )


class _PlatformCells:
    """The cells of one platform."""

    def __init__(self, view: ReportView, cells: Mapping[Place, Sequence[KnownCell]], surprises: Counter[Place]) -> None:
        self.releases = [scrapy for scrapy in view.scrapys if any(place[2] == scrapy for place in cells)]
        self._lanes = [lane for lane in view.lanes if any(place[1] == lane for place in cells)]
        self._cells, self._surprises, self._where = cells, surprises, CellPhrases(view, str)

    def rows(self, helper: str) -> Iterator[Row]:
        """Return the rows of a helper: lanes of one kind of reactor in which it behaves alike are one."""
        alike: dict[tuple[str, tuple[Mark, ...]], list[str]] = {}
        for lane in self._lanes:
            marks = tuple(self._mark((helper, lane, scrapy)) for scrapy in self.releases)
            alike.setdefault((kind_of(lane), marks), []).append(lane)
        for (kind, marks), together in alike.items():
            among = [lane for lane in self._lanes if kind_of(lane) == kind]
            every = len(together) == len(among) > 1
            yield Row(
                kind=KINDS[kind],
                lanes=tuple(together),
                words="all lanes" if every else self._where.lanes(together, among),
                spans=tuple(self._spans(helper, together, marks)),
            )

    def _mark(self, place: Place) -> Mark:
        return (*_state(self._cells.get(place, ())), self._surprises[place] > 0)

    def _spans(self, helper: str, lanes: Sequence[str], marks: Sequence[Mark]) -> Iterator[Span]:
        numbered = zip(self.releases, marks, strict=True)
        for (state, text, _), run in groupby(numbered, key=lambda each: each[1]):
            releases = [scrapy for scrapy, _ in run]
            places = [(helper, lane, scrapy) for lane in lanes for scrapy in releases]
            count = sum(self._surprises[place] for place in places)
            words = f"{helper}, {self._where.lanes(lanes)}, Scrapy {fold(releases, self.releases)}: {LEGEND[state]}"
            inside = [cell for place in places for cell in self._cells.get(place, ())]
            yield Span(
                state=state,
                text=text,
                told=_told(words, inside, count),
                releases=tuple(releases),
                unexpected=count,
                lanes=tuple(lanes),
            )


def _state(cells: Sequence[KnownCell]) -> tuple[str, str]:
    """Return what is known of some cells of a release, and a few words."""
    tried = [cell for cell in cells if is_tried(cell)]
    if not tried:
        if any(cell.mechanism == HELPER_MISSING for cell in cells):
            return "absent", "not there"
        return ("doubted", "other loop") if any(cell.outcome == Outcome.MISCONFIGURED for cell in cells) else (
            "unknown", ""
        )  # fmt: skip
    scenarios = {cell.at.scenario for cell in tried}
    good = scenarios - {cell.at.scenario for cell in tried if cell.outcome != Outcome.PASS}
    if len(good) == len(scenarios):
        return "yes", "always"
    if not any(cell.outcome == Outcome.PASS for cell in tried):
        return "no", _main_mechanism(tried)
    state = "most" if 2 * len(good) >= len(scenarios) else "few"
    return state, f"{len(good)}/{len(scenarios)}, else {_main_mechanism(tried)}"


def _main_mechanism(cells: Sequence[KnownCell]) -> str:
    counts = Counter(cell.mechanism or cell.outcome.value for cell in cells if cell.outcome != Outcome.PASS)
    return counts.most_common(1)[0][0] if counts else ""


def _told(words: str, cells: Sequence[KnownCell], unexpected: int) -> str:
    tried = [cell for cell in cells if is_tried(cell)]
    parts = [words]
    if tried:
        passed = sum(cell.outcome == Outcome.PASS for cell in tried)
        parts.append(f"{number(passed)} of {plural(len(tried), 'cell')} passed")
    why = _main_mechanism(tried)
    if why:
        parts.append(sentence(why))
    if unexpected:
        parts.append(f"{plural(unexpected, 'cell')} not as expected")
    return ". ".join(part.rstrip(".") for part in parts) + "."
