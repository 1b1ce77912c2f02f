"""How much each helper passes of what was tried with it: by kind of reactor and release of Scrapy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.axis_values import KINDS, kind_of
from harness.analysis.compat import SupportLevel
from harness.analysis.ranges import fold
from harness.model.known_cells import KnownCell
from harness.model.outcome import HELPER_MISSING, Outcome

MANY = 2
"""Helpers among which there is something to choose."""


def is_tried(cell: KnownCell) -> bool:
    """Return whether its await was tried, with a helper that is there."""
    return cell.outcome.measured and cell.mechanism != HELPER_MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperSupport:
    """What one helper (or scenario) passes."""

    tried: Mapping[tuple[str, str], SupportLevel]
    """By kind of reactor and release: `YES` where all of what was tried passed."""
    absent: frozenset[tuple[str, str]]
    """Kinds and releases in which there is no such helper."""

    @classmethod
    def of(cls, cells: Iterable[KnownCell]) -> HelperSupport:
        """Return what some cells of one helper say."""
        tried: dict[tuple[str, str], SupportLevel] = {}
        absent: set[tuple[str, str]] = set()
        for cell in cells:
            place = (kind_of(cell.at.lane), cell.at.scrapy)
            if is_tried(cell):
                support = SupportLevel.YES if cell.outcome == Outcome.PASS else SupportLevel.NO
                if tried.setdefault(place, support) is not support:
                    tried[place] = SupportLevel.PARTIAL
            elif cell.mechanism == HELPER_MISSING:
                absent.add(place)
        return cls(tried=tried, absent=frozenset(absent - tried.keys()))

    def releases(self, kind: str, order: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Return how much passed with a kind of reactor, in words, and in which releases, as ranges over `order`."""
        for word, support in (("all", SupportLevel.YES), ("some", SupportLevel.PARTIAL), ("none", SupportLevel.NO)):
            inside = {scrapy for (each, scrapy), found in self.tried.items() if each == kind and found is support}
            if inside:
                yield word, fold(inside, order)
        absent = {scrapy for each, scrapy in self.absent if each == kind}
        if absent:
            yield "absent", fold(absent, order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """Helpers that passed everything in all releases between them."""

    helpers: Mapping[str, set[str]]
    """What to write in which releases, what is good for most releases first."""
    without: set[str]
    """Releases in which no helper passed everything that was tried with any."""


def advised(supports: Mapping[str, HelperSupport]) -> Advised | None:
    """Return what to write, whatever the reactor; None where there is nothing to choose."""
    if len(supports) < MANY:
        return None
    places = {place for support in supports.values() for place in support.tried}
    releases = {scrapy for _, scrapy in places}
    good: dict[str, set[str]] = {}
    for helper, support in supports.items():
        failing = {scrapy for kind, scrapy in places if support.tried.get((kind, scrapy)) is not SupportLevel.YES}
        if releases - failing:
            good[helper] = releases - failing
    left, chosen = set(releases), dict[str, set[str]]()
    while any(inside & left for inside in good.values()):
        # What Scrapy has itself goes before a copy of it.
        helper = max(good, key=lambda name: (bool(good[name] & left), name[:7] != "copied_", len(good[name] & left)))
        chosen[helper] = good[helper] & left
        left -= good[helper]
    return Advised(helpers=chosen, without=left)


def kinds_of(supports: Iterable[HelperSupport]) -> tuple[str, ...]:
    """Return the kinds of reactors that anything was tried with."""
    met = {kind for support in supports for kind, _ in support.tried}
    return tuple(kind for kind in ("asyncio", "other", "none") if kind in met and kind in KINDS)
