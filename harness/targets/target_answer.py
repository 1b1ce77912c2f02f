"""What the cells of a target say, in the order in which people ask: where it works, where not, why, what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from harness.analysis.ranges import fold, natural_key, short_labels
from harness.infra.text import plural
from harness.model.ids import EnvironmentId
from harness.model.outcome import Outcome
from harness.targets.checks import LOAD, TESTED, UNFORCED
from harness.targets.ci_matrix import CiMatrix, ci_matrix
from harness.targets.declared_range import DeclaredRange
from harness.targets.minima import LOWEST, InstalledMinimum
from harness.targets.pre_releases import NEXT
from harness.targets.release_change import ReleaseChange, changed_between
from harness.targets.spider_lines import SpiderLine, spider_lines
from harness.targets.target_causes import TriedCause, causes_of
from harness.targets.target_sources import SourceFinding
from harness.targets.tried_cell import AS_IS, BAD, TriedCell

CAUSES = 7
"""Causes that are told; what more there are is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """Scrapy releases that give the same in every lane."""

    scrapy: str
    """As ranges."""
    lanes: dict[str, Outcome | None]
    """The worst outcome by lane, first of the suite as its author runs it (`as is`); None: nothing was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAnswer:
    """What is to be said of a target."""

    works: str
    """Scrapy releases with which it works on every Python on which it works at all, as ranges; empty: none."""
    pythons: str
    """The Pythons on which it works with these, as ranges."""
    asked: str
    """The releases and Pythons that were asked and said something, as ranges."""
    environments: int
    """Environments in which something could be asked."""
    fine: int
    """Those among them in which it works as it is."""
    tested: bool
    """Whether its tests were run; else it was imported."""
    anyway: bool
    """Whether tests fail in a lane that fail in the control, too."""
    lanes: tuple[str, ...]
    """Those in which the tests pass wherever they pass as they are, and use the reactor or loop of the lane."""
    unproven: tuple[str, ...]
    """Those in which tests pass without ever running the reactor or loop."""
    failing: tuple[str, ...]
    """Those in which they fail somewhere where they pass as they are."""
    releases: dict[str, Outcome | None]
    """The worst outcome as its author runs it by Scrapy release, over the Pythons on which it works at all; None:
    nothing could be asked of that release."""
    python_outcomes: dict[str, Outcome | None]
    """The best outcome as its author runs it by Python, over the releases that were asked; None: nothing was."""
    table: tuple[TableRow, ...]
    causes: tuple[TriedCause, ...]
    deprecated: tuple[tuple[str, str, int], ...]
    """`file:line` in the target, what the warning says, in how many cells."""
    notes: tuple[str, ...]
    """What suites did that a reader has to know: a refused installation of a reactor, hosts that were asked for."""
    unasked: dict[str, int]
    """Why cells were not run, and how many."""
    declared_out: tuple[str, ...]
    """Where the target itself rules out what was asked, and cannot be installed: `Python 3.8, Scrapy 2.0`."""
    cells: int
    change: ReleaseChange | None
    """From one release of Scrapy to another, where that was asked for."""
    ci: CiMatrix
    """The smallest CI matrix that catches every cause."""
    declared: tuple[DeclaredRange, ...] = ()
    """What the target declares, held against what was measured."""
    minima: tuple[InstalledMinimum, ...] = ()
    """What the profile `lowest` has installed of what the target declares, where that was asked for."""
    lowest: str | None = None
    """Scrapy releases with which it works with these, as `works`; None: that was not asked."""
    pre_releases: tuple[str, ...] = ()
    """What the profile `next` has installed that is a pre-release: `lxml 7.0.0b1`."""
    upcoming: str | None = None
    """Scrapy releases with which it works with these, as `works`; None: that was not asked."""
    spiders: tuple[SpiderLine, ...] = ()
    """Of a Scrapy project: what became of each spider."""
    source: tuple[SourceFinding, ...] = ()
    """Lines of its source that name what some of the releases asked do not have; silent ones first."""


def answer(
    cells: Sequence[TriedCell],
    modules: Iterable[str],
    compared: tuple[str, str] | None = None,
    flaky: Collection[str] = (),
) -> TargetAnswer:
    """Return the answer of the cells of a run.

    `modules`: the top-level names of the target. `compared`: two releases of Scrapy, before and after. `flaky`: ids of
    tests that change by themselves.
    """
    cells = _relative_to_the_best(cells, flaky)
    # The lowest and the next versions have lines of their own: what fails with them fails for no user of today.
    usual = [cell for cell in cells if cell.environment.profile not in {LOWEST.name, NEXT.name}] or cells
    order = sorted({cell.environment.scrapy for cell in cells}, key=natural_key)
    labels = short_labels(order)
    short = [labels[each] for each in order]
    pythons = sorted({cell.environment.python for cell in cells}, key=natural_key)
    lanes = list(dict.fromkeys(cell.key.lane for cell in cells))
    as_is = any(_is_of(cell, AS_IS) for cell in usual)
    works = _where_it_works(usual, order)
    # Where nothing is known at all it is what was to be asked.
    reached = works.fine | works.broken or {cell.environment for cell in cells}
    lowest = [cell for cell in cells if cell.environment.profile == LOWEST.name]
    early = [cell for cell in cells if cell.environment.profile == NEXT.name]
    told = {lane: _worst([c for c in usual if _is_of(c, lane) and c.environment in works.fine]) for lane in lanes}
    return TargetAnswer(
        works=fold([labels[each] for each in works.good], short),
        pythons=fold({each.python for each in works.fine if each.scrapy in works.good}, pythons),
        asked=f"Scrapy {fold({labels[each.scrapy] for each in reached}, short)}, "
        f"Python {fold({each.python for each in reached}, pythons)}",
        environments=len(works.fine | works.broken),
        fine=len(works.fine),
        tested=any(cell.key.scenario in TESTED for cell in cells),
        anyway=Outcome.FAILS_ANYWAY in told.values(),
        lanes=tuple(lane for lane, worst in told.items() if worst in {Outcome.PASS, Outcome.FAILS_ANYWAY}),
        unproven=tuple(lane for lane, worst in told.items() if worst is Outcome.NOT_EXERCISED),
        failing=tuple(
            lane for lane, worst in told.items() if worst is not None and not (worst.works or worst.incomplete)
        ),
        releases={labels[each]: worst for each, worst in works.releases.items()},
        python_outcomes={each: _best(usual, each) for each in pythons},
        table=tuple(_table(usual, order, labels, (*([AS_IS] if as_is else []), *lanes))),
        causes=tuple(causes_of([cell for cell in cells if cell.outcome.asked], labels, short, pythons)),
        deprecated=tuple(_deprecated(cells, tuple(modules))),
        notes=tuple(_notes(cells)),
        unasked=dict(Counter(f"{cell.outcome}: {cell.detail}" for cell in cells if cell.outcome.incomplete)),
        declared_out=tuple(
            dict.fromkeys(
                f"Python {cell.environment.python}, Scrapy {labels[cell.environment.scrapy]}"
                for cell in cells
                if cell.outcome is Outcome.DECLARED_OUT
            )
        ),
        cells=len(cells),
        ci=ci_matrix(cells),
        change=None if compared is None else changed_between(cells, *compared, flaky),
        spiders=spider_lines(usual),
        lowest=fold([labels[each] for each in _where_it_works(lowest, order).good], short) if lowest else None,
        upcoming=fold([labels[each] for each in _where_it_works(early, order).good], short) if early else None,
    )


def _relative_to_the_best(cells: Sequence[TriedCell], flaky: Collection[str]) -> list[TriedCell]:
    """Return the cells, those as failing that fail as the control does in what passes in another environment.

    A control that the newest Scrapy breaks says nothing for the newest Scrapy.
    """
    passing = {
        test.id
        for cell in cells
        if cell.key.scenario in {LOAD, *UNFORCED} and cell.suite is not None
        for test in cell.suite.tests
        if test.outcome == "passed" and test.id not in flaky
    }
    # What fails while it is collected is a file, all tests of which are gone.
    passing |= {name.partition("::")[0] for name in passing}
    return [
        replace(cell, outcome=Outcome.FAIL)
        if cell.outcome is Outcome.FAILS_ANYWAY and not passing.isdisjoint(_failing(cell))
        else cell
        for cell in cells
    ]


def _failing(cell: TriedCell) -> list[str]:
    return [] if cell.suite is None else [test.id for test in cell.suite.tests if test.outcome in BAD]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Works:
    """Where a target works as its author runs it."""

    fine: frozenset[EnvironmentId]
    broken: frozenset[EnvironmentId]
    releases: dict[str, Outcome | None]
    good: tuple[str, ...]


def _where_it_works(cells: Sequence[TriedCell], order: Sequence[str]) -> _Works:
    asked = [cell for cell in cells if cell.outcome.asked]
    # Who asks for lanes alone has no cell of the suite as its author runs it.
    plain = [cell for cell in asked if _is_of(cell, AS_IS)] or asked
    broken = {cell.environment for cell in plain if not (cell.outcome.works or cell.outcome.incomplete)}
    # That it imports where its tests were not run is no sign that it works there.
    fine = {cell.environment for cell in plain} - {cell.environment for cell in plain if not cell.outcome.works}
    # A Python on which nothing works says nothing of releases; where none is left all count.
    usable = {each.python for each in fine} or {each.python for each in broken}
    counted = [cell for cell in plain if cell.environment.python in usable]
    releases = {each: _worst([cell for cell in counted if cell.environment.scrapy == each]) for each in order}
    good = tuple(each for each, worst in releases.items() if worst is not None and worst.works)
    return _Works(fine=frozenset(fine), broken=frozenset(broken), releases=releases, good=good)


def _worst(cells: Sequence[TriedCell]) -> Outcome | None:
    """Return the worst outcome of cells in one column; where a suite could not be asked, its import proves nothing."""
    asked = [cell for cell in cells if cell.outcome.asked]
    suites = [cell for cell in asked if cell.key.scenario in TESTED]
    stopped = [cell for cell in asked if cell.key.scenario == LOAD and not cell.outcome.works]
    # Where the suite is not asked (without a reactor, say), its import proves nothing.
    without = [] if any(cell.key.scenario in TESTED for cell in cells) else asked
    found = [cell.outcome for cell in (*suites, *stopped) or without]
    # What was not run says nothing beside what was.
    found = [outcome for outcome in found if not outcome.incomplete] or found
    return max(found, key=lambda outcome: outcome.severity) if found else None


def _best(cells: Sequence[TriedCell], python: str) -> Outcome | None:
    """Return the best of what the environments of a Python give."""
    environments: dict[EnvironmentId, list[TriedCell]] = {}
    for cell in cells:
        if cell.environment.python == python and _is_of(cell, AS_IS):
            environments.setdefault(cell.environment, []).append(cell)
    found = [worst for members in environments.values() if (worst := _worst(members)) is not None]
    return min(found, key=lambda outcome: outcome.severity) if found else None


def _is_of(cell: TriedCell, column: str) -> bool:
    """Whether a cell is told in a column: a lane, or `AS_IS`."""
    if column == AS_IS:
        return cell.key.scenario in UNFORCED or (cell.key.scenario == LOAD and cell.key.lane == "default")
    return cell.key.lane == column and cell.key.scenario not in UNFORCED


def _table(
    cells: Sequence[TriedCell], order: Sequence[str], labels: dict[str, str], columns: Sequence[str]
) -> Iterable[TableRow]:
    groups: list[tuple[list[str], dict[str, Outcome | None]]] = []
    for scrapy in reversed(order):
        row: dict[str, Outcome | None] = {}
        for column in columns:
            found = [cell for cell in cells if cell.environment.scrapy == scrapy and _is_of(cell, column)]
            worst = _worst(found)
            row[column] = _left_out(found) if worst is None else worst
        if groups and groups[-1][1] == row:
            groups[-1][0].append(labels[scrapy])
        else:
            groups.append(([labels[scrapy]], row))
    short = [labels[each] for each in order]
    return (TableRow(scrapy=fold(members, short), lanes=row) for members, row in groups)


def _left_out(cells: Sequence[TriedCell]) -> Outcome | None:
    """Return why cells, none of which was asked, were not; None where there are none."""
    if not cells:
        return None
    declared = all(cell.outcome is Outcome.DECLARED_OUT for cell in cells)
    return Outcome.DECLARED_OUT if declared else Outcome.UNSUPPORTED


def _deprecated(cells: Iterable[TriedCell], modules: Sequence[str]) -> Iterable[tuple[str, str, int]]:
    """Return deprecation warnings whose line is in the target itself."""
    counted: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        for place, text in () if cell.suite is None else cell.suite.deprecated:
            own = place.partition("site-packages/")[2] or place
            if not place.startswith(("<", "/")) or re.split(r"/|\.py:", own)[0] in modules:
                counted[own, text] += 1
    return [(place, text, count) for (place, text), count in counted.most_common()]


def _notes(cells: Iterable[TriedCell]) -> Iterable[str]:
    counted: Counter[str] = Counter()
    for cell in cells:
        if cell.suite is not None:
            counted.update(cell.suite.notes)
            counted.update(f"it asked for the host {host}, and was refused" for host in cell.suite.network)
    return [f"{note} ({plural(count, 'cell')})" for note, count in counted.most_common()]
