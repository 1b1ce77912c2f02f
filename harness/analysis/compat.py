"""From which release of Scrapy on something works, in the manner of browser compatibility data.

Three sections: helpers, places (scenarios) and entries (ways to start a crawl), each by lane and platform. A helper
works in a release where every cell tried there passes; a place where some helper passes in each environment. What
was not tried is unknown, which is not no.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from harness.analysis.axis_values import AxisValues
from harness.analysis.boundary_pairs import BoundaryAnswer, BoundaryPair, boundary_pair
from harness.analysis.ranges import fold
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.model.scenario_names import ENTRY_FAMILY, family_of
from harness.scenarios.parse import NO_HELPER

Place = tuple[str, str, str]
"""Name of what is asked for, lane, platform."""
Question = tuple[str, ...]
"""The coordinates of a cell without its helper."""


class SupportLevel(Enum):
    """What is known of one release."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Neighbouring releases in which something works, or in which it works in part."""

    version_added: str | bool | None
    """The first release; `≤2.6`: that one or one before it that was not tried; False: none; None: none was tried."""
    version_removed: str | None = None
    """The first release in which it is otherwise again."""
    partial: bool = False
    untested: str = ""
    """Releases at and between these of which nothing is known, as ranges."""
    helpers: tuple[str, ...] = ()
    """Of a place: the helpers that pass in every cell of these releases."""
    notes: tuple[str, ...] = ()
    added_by: BoundaryPair | None = None
    """The cells behind `version_added`; None where that is no release."""
    removed_by: BoundaryPair | None = None
    """The cells behind `version_removed`; None where there is none."""


Section = dict[str, dict[str, dict[str, list[Statement]]]]
"""Name -> lane -> platform -> statements, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compat:
    """The three sections."""

    releases: Sequence[str]
    helpers: Section
    places: Section
    entries: Section
    left_out: Mapping[str, int]
    """Scenarios that no helper passes in some environments and lanes, with the number of cells there."""


@dataclass(slots=True)
class _Evidence:
    """What the cells of one release say."""

    passed: int = 0
    asked: set[str] = field(default_factory=set)
    """Scenarios of what was tried."""
    why: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(scenario, mechanism) of what was tried and did not pass."""
    absent: Counter[str] = field(default_factory=Counter)
    """Reasons why there is no such thing."""
    failing_helpers: set[str] = field(default_factory=set)
    passing_helpers: set[str] = field(default_factory=set)
    cells: list[KnownCell] = field(default_factory=list)
    """What a change can be shown by; of a place: where a helper passes only what passes."""

    @property
    def support(self) -> SupportLevel:
        if self.passed:
            return SupportLevel.PARTIAL if self.why else SupportLevel.YES
        return SupportLevel.NO if self.why or self.absent else SupportLevel.UNKNOWN

    def continues(self, before: _Evidence) -> bool:
        """Return whether it is one statement with what the releases before it say.

        A release that was asked less is no change: between one that works in full and one that works in part only
        what both were asked tells.
        """
        if self.support == before.support:
            return True
        if SupportLevel.NO in {self.support, before.support}:
            return False
        both = self.asked & before.asked
        return {each for each in self.why if each[0] in both} == {each for each in before.why if each[0] in both}

    def __add__(self, other: _Evidence) -> _Evidence:
        return _Evidence(
            passed=self.passed + other.passed,
            asked=self.asked | other.asked,
            why=self.why + other.why,
            absent=self.absent + other.absent,
            failing_helpers=self.failing_helpers | other.failing_helpers,
            passing_helpers=self.passing_helpers | other.passing_helpers,
        )

    def reasons(self) -> str:
        mechanisms = [mechanism for mechanism, _ in _by_mechanism(self.why)] or sorted(self.absent)
        return ", ".join(mechanisms)


def compat(cells: Iterable[KnownCell]) -> Compat:
    """Return the sections over some cells."""
    known = list(cells)
    axes = AxisValues.of(cell.at for cell in known)
    questions: dict[Question, list[KnownCell]] = {}
    for cell in known:
        questions.setdefault(cell.at[:6], []).append(cell)
    helpers: dict[Place, dict[str, _Evidence]] = {}
    scenarios: dict[Place, dict[str, _Evidence]] = {}
    left_out: Counter[str] = Counter()
    for question, asked in questions.items():
        at = asked[0].at
        _tell_question(_evidence(scenarios, at.scenario, at), asked)
        if is_hopeless(asked):
            left_out[question[5]] += sum(cell.outcome.tried for cell in asked)
            continue
        for cell in asked:
            if cell.at.helper != NO_HELPER:
                _tell(_evidence(helpers, cell.at.helper, at), cell)
    entries = {key: each for key, each in scenarios.items() if family_of(key[0]) == ENTRY_FAMILY}
    return Compat(
        releases=axes.scrapys,
        helpers=_section(helpers, axes),
        places=_section({key: each for key, each in scenarios.items() if key not in entries}, axes),
        entries=_section(entries, axes),
        left_out=left_out,
    )


def is_hopeless(asked: Iterable[KnownCell]) -> bool:
    """Return whether helpers were tried on one question and none passed: that says nothing of any of them."""
    outcomes = {cell.outcome for cell in asked if cell.at.helper != NO_HELPER}
    return Outcome.PASS not in outcomes and any(outcome.tried for outcome in outcomes)


def _evidence(found: dict[Place, dict[str, _Evidence]], name: str, at: CellCoordinates) -> _Evidence:
    return found.setdefault((name, at.lane, at.platform), {}).setdefault(at.scrapy, _Evidence())


def _tell(evidence: _Evidence, cell: KnownCell) -> None:
    evidence.cells.append(cell)
    if cell.outcome.tried:
        evidence.asked.add(cell.at.scenario)
    if cell.outcome == Outcome.PASS:
        evidence.passed += 1
    elif cell.outcome.tried:
        evidence.why[cell.at.scenario, cell.mechanism or cell.outcome.value] += 1
    elif cell.outcome == Outcome.UNSUPPORTED:
        evidence.absent[cell.mechanism or cell.detail or cell.outcome.value] += 1


def _tell_question(evidence: _Evidence, asked: Sequence[KnownCell]) -> None:
    passing = {cell.at.helper for cell in asked if cell.outcome == Outcome.PASS}
    evidence.passing_helpers |= passing
    evidence.failing_helpers |= {cell.at.helper for cell in asked if cell.outcome.tried} - passing
    evidence.failing_helpers |= {cell.at.helper for cell in asked if cell.outcome == Outcome.UNSUPPORTED}
    if passing:
        evidence.passed += 1
        evidence.asked.add(asked[0].at.scenario)
        evidence.cells += [cell for cell in asked if cell.outcome == Outcome.PASS]
        return
    for cell in asked:
        _tell(evidence, cell)


def _section(found: Mapping[Place, Mapping[str, _Evidence]], axes: AxisValues) -> Section:
    section: Section = {}
    for (name, lane, platform), by_release in found.items():
        history = [(label, by_release.get(release, _Evidence()))
                   for release, label in zip(axes.releases, axes.scrapys, strict=True)]  # fmt: skip
        section.setdefault(name, {}).setdefault(lane, {})[platform] = _statements(history, axes.scrapys)
    return section


def _statements(history: Sequence[tuple[str, _Evidence]], order: Sequence[str]) -> list[Statement]:
    """Return what the releases say, the latest first."""
    spans: list[list[int]] = []
    said = _Evidence()
    for place, (_, evidence) in enumerate(history):
        if evidence.support == SupportLevel.UNKNOWN:
            continue
        if spans and evidence.continues(said):
            spans[-1].append(place)
            said += evidence
        else:
            spans.append([place])
            said = evidence
    told = [
        _statement(number, spans, history, order)
        for number, span in enumerate(spans)
        if history[span[0]][1].support != SupportLevel.NO
    ]
    if told:
        return told[::-1]
    reasons = sorted({evidence.reasons() for _, evidence in history if evidence.support == SupportLevel.NO})
    unknown = [label for label, evidence in history if evidence.support == SupportLevel.UNKNOWN]
    added = False if spans else None
    return [Statement(version_added=added, untested=fold(unknown, order), notes=tuple(reasons))]


def _statement(
    number: int, spans: Sequence[Sequence[int]], history: Sequence[tuple[str, _Evidence]], order: Sequence[str]
) -> Statement:
    span = spans[number]
    before = spans[number - 1][-1] if number else -1
    after = spans[number + 1][0] if number + 1 < len(spans) else len(history)
    inside = [history[place][1] for place in span]
    known = set(span)
    gaps = [history[place][0] for place in range(before + 1, after) if place not in known]
    notes = []
    partial = any(each.support == SupportLevel.PARTIAL for each in inside)
    if partial:
        why = sum((each.why for each in inside), Counter[tuple[str, str]]())
        notes += [f"{mechanism} in {', '.join(scenarios)}" for mechanism, scenarios in _by_mechanism(why)]
    if number and history[before][1].support == SupportLevel.NO:
        notes.append(f"{history[before][0]}: {history[before][1].reasons()}")
    if after < len(history) and history[after][1].support == SupportLevel.NO:
        notes.append(f"{history[after][0]}: {history[after][1].reasons()}")
    helpers = set.intersection(*(each.passing_helpers - each.failing_helpers for each in inside))
    return Statement(
        # What was before the first release tried is as unknown as a release that could not be tried.
        version_added=_ranged(history[span[0]][0], exact=bool(number) and before + 1 == span[0]),
        version_removed=None if after == len(history) else _ranged(history[after][0], exact=span[-1] + 1 == after),
        partial=partial,
        untested=fold(gaps, order),
        helpers=tuple(sorted(helpers - {NO_HELPER})),
        notes=tuple(notes),
        added_by=_boundary(number, spans, history),
        removed_by=None if after == len(history) else _boundary(number + 1, spans, history),
    )


def _boundary(number: int, spans: Sequence[Sequence[int]], history: Sequence[tuple[str, _Evidence]]) -> BoundaryPair:
    """Return what shows that a span is otherwise than the one before it."""
    if not number:
        return BoundaryPair(answer=BoundaryAnswer.NONE_TRIED_BEFORE)
    older, newer = ([history[place][1] for place in spans[side]] for side in (number - 1, number))
    was, became = (_LEVELS.index(_level(side)) for side in (older, newer))
    return boundary_pair(
        [cell for each in older for cell in each.cells],
        [cell for each in newer for cell in each.cells],
        passes_newer=None if was == became else became > was,
    )


_LEVELS = (SupportLevel.NO, SupportLevel.PARTIAL, SupportLevel.YES)


def _level(span: Sequence[_Evidence]) -> SupportLevel:
    return min((each.support for each in span), key=lambda support: abs(_LEVELS.index(support) - 1))


def _ranged(release: str, *, exact: bool) -> str:
    return release if exact else f"≤{release}"


def _by_mechanism(why: Mapping[tuple[str, str], int]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for scenario, mechanism in sorted(why):
        found.setdefault(mechanism, []).append(scenario)
    return sorted(found.items())
