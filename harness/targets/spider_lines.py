"""What became of each spider of a project: with which releases it starts, and what stops it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.analysis.ranges import fold, natural_key, short_labels
from harness.model.suite import SuiteTest
from harness.targets.checks import SPIDERS_LANE, UNFORCED
from harness.targets.tried_cell import TriedCell

_KINDS = ("silent", "fails", "not tried")
_SILENT = "sends no request"
"""What the row of a spider says that starts and sends nothing."""
_CHECKED = frozenset({*UNFORCED, SPIDERS_LANE})
LISTED = "scrapy list"
"""The row of what Scrapy does before it starts a spider."""
CONTRACTS_ROW = ": contracts"
"""What the row of a spider's contracts ends with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpiderProblem:
    """One thing that stops a spider, or keeps it from being tried."""

    kind: str
    """`silent`: it starts, and sends nothing; `fails`; `not tried`: it needs an argument, or a host."""
    message: str
    place: str
    """`file:line` in the project; empty where it is not there."""
    scrapy: str
    """Releases, as ranges of those that were asked."""
    python: str
    """Pythons, as ranges; empty: on each on which these releases were asked."""
    lanes: tuple[str, ...]
    """Lanes; empty: as the settings of the project say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpiderLine:
    """What became of one spider, of the contracts of one, or of `scrapy list`."""

    name: str
    starts: str
    """Releases with which it starts on each Python that was asked, as the settings say; empty: with none."""
    problems: tuple[SpiderProblem, ...]

    @property
    def is_list(self) -> bool:
        """Return whether it is no spider, but what Scrapy does before it starts one."""
        return self.name == LISTED


def spider_lines(cells: Sequence[TriedCell]) -> tuple[SpiderLine, ...]:
    """Return a line for each spider, those with problems first; nothing where no cell has started any."""
    known = [cell for cell in cells if cell.key.scenario in _CHECKED and cell.suite is not None]
    order = sorted({cell.environment.scrapy for cell in known}, key=natural_key)
    labels = short_labels(order)
    names = sorted({test.id for cell in known for test in _rows(cell)})
    lines = [_line(name, known, labels, [labels[each] for each in order]) for name in names]
    return tuple(sorted(lines, key=lambda line: (not line.is_list, _rank(line), line.name)))


def _rank(line: SpiderLine) -> int:
    """Return a number that is smaller for what nobody would see: a spider that starts and sends nothing."""
    return min((_KINDS.index(each.kind) for each in line.problems), default=len(_KINDS))


def _rows(cell: TriedCell) -> tuple[SuiteTest, ...]:
    return () if cell.suite is None else cell.suite.tests


def _line(name: str, cells: Sequence[TriedCell], labels: dict[str, str], order: Sequence[str]) -> SpiderLine:
    rows = [(cell, test) for cell in cells for test in _rows(cell) if test.id == name]
    plain = [(cell, test) for cell, test in rows if cell.key.scenario in UNFORCED]
    bad = {cell.environment.scrapy for cell, test in plain if test.outcome != "passed"}
    good = {cell.environment.scrapy for cell, _ in plain} - bad
    return SpiderLine(
        name=name,
        starts=fold({labels[each] for each in good}, order),
        problems=(*_problems(plain, labels, order), *_problems(_only_in_lanes(rows, plain), labels, order)),
    )


_Rows = Sequence[tuple[TriedCell, SuiteTest]]


def _only_in_lanes(rows: _Rows, plain: _Rows) -> _Rows:
    """Return the rows of lanes that say what those of their environment as the settings say do not."""
    known = {(cell.environment, test.message) for cell, test in plain}
    return [
        (cell, test)
        for cell, test in rows
        if cell.key.scenario == SPIDERS_LANE and (cell.environment, test.message) not in known
    ]


def _problems(rows: _Rows, labels: dict[str, str], order: Sequence[str]) -> Iterator[SpiderProblem]:
    groups: dict[str, list[tuple[TriedCell, SuiteTest]]] = {}
    for cell, test in rows:
        if test.outcome != "passed":
            groups.setdefault(test.message, []).append((cell, test))
    for message, members in groups.items():
        releases = {cell.environment.scrapy for cell, _ in members}
        pythons = {cell.environment.python for cell, _ in members}
        asked = {cell.environment.python for cell, _ in rows if cell.environment.scrapy in releases}
        every = sorted({cell.environment.python for cell, _ in rows}, key=natural_key)
        yield SpiderProblem(
            kind=_kind(members[0][1]),
            message=message,
            place=next((test.place for _, test in members if test.place and not test.place.startswith(("/", "<"))), ""),
            scrapy=fold({labels[each] for each in releases}, order),
            python="" if pythons == asked else fold(pythons, every),
            lanes=tuple(dict.fromkeys(cell.key.lane for cell, _ in members if cell.key.scenario == SPIDERS_LANE)),
        )


def _kind(test: SuiteTest) -> str:
    if test.outcome != "skipped":
        return "fails"
    return "silent" if _SILENT in test.message else "not tried"
