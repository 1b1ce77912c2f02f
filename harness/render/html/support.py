"""The compatibility table of a platform: helper x lane x release of Scrapy, with what is alike folded into one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.judge.axes import kind_of
from harness.judge.cells import Known
from harness.judge.ranges import fold
from harness.render.answers import is_tried, set_aside
from harness.render.html.text import sentence
from harness.render.text import number, plural
from harness.render.view import HELPER_MISSING, ReportView, Seen
from harness.render.where import Where
from harness.results import Outcome

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
class Support:
    """The table of one platform."""

    platform: str
    releases: Sequence[str]
    helpers: dict[str, list[Row]]
    aside: int
    """Number of cells that are left out, since no helper changes what they give."""


def support_tables(view: ReportView, unexpected: Iterable[Known]) -> Iterator[Support]:
    """A table for each platform; what no helper changes is left out of it, as it is of the answer in words."""
    aside = set_aside(view)
    surprises = Counter((each.at.platform, each.at.helper, each.at.lane, view.labels[each.at.scrapy])
                        for each in unexpected)  # fmt: skip
    cells: dict[tuple[str, str, str, str], list[Seen]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for cell in view.core.seen:
        if aside.holds(cell):
            left_out[cell.platform] += is_tried(cell)
        else:
            cells[cell.platform, cell.helper, cell.lane, cell.scrapy].append(cell)
    where = Where(view, str)
    for platform in view.platforms:
        inside = {key[1:]: some for key, some in cells.items() if key[0] == platform}
        releases = [scrapy for scrapy in view.scrapys if any(key[2] == scrapy for key in inside)]
        lanes = [lane for lane in view.lanes if any(key[1] == lane for key in inside)]
        helpers = {
            helper: list(_rows(helper, platform, lanes, releases, inside, surprises, where))
            for helper in view.core.helpers
        }
        yield Support(platform=platform, releases=releases, helpers=helpers, aside=left_out[platform])


def _rows(
    helper: str,
    platform: str,
    lanes: Sequence[str],
    releases: Sequence[str],
    inside: dict[tuple[str, str, str], list[Seen]],
    surprises: Counter[tuple[str, str, str, str]],
    where: Where,
) -> Iterator[Row]:
    alike: dict[tuple[object, ...], list[str]] = {}
    for lane in lanes:
        marks = tuple(
            (_state(inside.get((helper, lane, scrapy), ())), surprises[platform, helper, lane, scrapy] > 0)
            for scrapy in releases
        )
        alike.setdefault((kind_of(lane), *marks), []).append(lane)
    among = {kind: [lane for lane in lanes if kind_of(lane) == kind] for kind in KINDS}
    for (kind, *marks), together in alike.items():
        spans, place = [], 0
        for (state, _), run in groupby(marks):
            length = len(list(run))
            some = releases[place : place + length]
            place += length
            found = [cell for lane in together for scrapy in some for cell in inside.get((helper, lane, scrapy), ())]
            count = sum(surprises[platform, helper, lane, scrapy] for lane in together for scrapy in some)
            spans.append(
                Span(
                    state=state[0],
                    text=state[1],
                    told=_told(helper, where.lanes(together), fold(some, releases), state[0], found, count),
                    releases=tuple(some),
                    unexpected=count,
                    lanes=tuple(together),
                )
            )
        words = "all lanes" if len(together) == len(among[str(kind)]) > 1 else where.lanes(together, among[str(kind)])
        yield Row(kind=KINDS[str(kind)], lanes=tuple(together), words=words, spans=tuple(spans))


def _state(cells: Sequence[Seen]) -> tuple[str, str]:
    """What is known of some cells of a release, and a few words."""
    tried = [cell for cell in cells if is_tried(cell)]
    if not tried:
        if any(cell.mechanism == HELPER_MISSING for cell in cells):
            return "absent", "not there"
        return ("doubted", "other loop") if any(cell.outcome == Outcome.MISCONFIGURED for cell in cells) else (
            "unknown", ""
        )  # fmt: skip
    scenarios = {cell.scenario for cell in tried}
    good = scenarios - {cell.scenario for cell in tried if cell.outcome != Outcome.PASS}
    if len(good) == len(scenarios):
        return "yes", ""
    if not any(cell.outcome == Outcome.PASS for cell in tried):
        return "no", _main_mechanism(tried)
    state = "most" if 2 * len(good) >= len(scenarios) else "few"
    return state, f"{len(good)}/{len(scenarios)}"


def _main_mechanism(cells: Sequence[Seen]) -> str:
    counts = Counter(cell.mechanism or cell.outcome.value for cell in cells if cell.outcome != Outcome.PASS)
    return counts.most_common(1)[0][0] if counts else ""


def _told(helper: str, lanes: str, releases: str, state: str, cells: Sequence[Seen], unexpected: int) -> str:
    tried = [cell for cell in cells if is_tried(cell)]
    passed = sum(cell.outcome == Outcome.PASS for cell in tried)
    parts = [f"{helper}, {lanes}, Scrapy {releases}: {LEGEND[state]}"]
    if tried:
        parts.append(f"{number(passed)} of {plural(len(tried), 'cell')} passed")
    why = _main_mechanism(tried)
    if why:
        parts.append(sentence(why))
    if unexpected:
        parts.append(f"{plural(unexpected, 'cell')} not as expected")
    return ". ".join(part.rstrip(".") for part in parts) + "."
