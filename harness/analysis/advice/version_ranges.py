"""Which helper to write in which releases, and where it takes more than one, with which reactor.

What a program can ask when it runs is its release of Scrapy and its reactor. Which scenario it is in its author knows:
where a few of them need something else than all others, they are set aside and get a recipe of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.analysis.axis_values import KINDS, kind_of
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome

PREFERRED = (
    *("direct", "maybe_deferred_to_future", "ensure_awaitable", "deferred_to_future"),
    *("copied_maybe_deferred_to_future", "as_future", "copied_deferred_to_future"),
)
"""Helpers in the order in which one of several that work is advised: the shortest first, what Scrapy has before
a copy of it."""

Part = tuple[str, str]
"""A release and a kind of reactor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Neighbouring releases with what to write there."""

    helper: str | None
    """Passes in all of their cells; None: no single one does."""
    releases: tuple[str, ...]
    by_reactor: tuple[tuple[str, str | None], ...] = ()
    """Where no single one does: each kind of reactor with the helper that passes in all of its cells, or None."""
    only_with: tuple[str, ...] = ()
    """The kinds of reactors for which that is known, where there are others with which no helper passes."""

    @property
    def helpers(self) -> tuple[str, ...]:
        """All that are to be written."""
        found = [self.helper, *(helper for _, helper in self.by_reactor)]
        return tuple(dict.fromkeys(helper for helper in found if helper is not None))

    @property
    def covers(self) -> bool:
        """Whether something passes in every cell of these releases."""
        return self.helper is not None or (bool(self.by_reactor) and all(helper for _, helper in self.by_reactor))


class HelperTable:
    """Of each release and kind of reactor: the scenarios in which a helper does not pass everywhere."""

    def __init__(self, cells: Iterable[KnownCell], releases: Sequence[str]) -> None:
        """`releases`: those of the cells, oldest first."""
        self._releases = releases
        self._scenarios: dict[Part, set[str]] = {}
        passing: dict[Part, dict[str, set[str]]] = {}
        others: dict[Part, dict[str, set[str]]] = {}
        kinds: dict[str, str] = {}
        for cell in cells:
            _, _, release, _, lane, scenario, helper = cell.at
            part = release, kinds.setdefault(lane, kind_of(lane))
            self._scenarios.setdefault(part, set()).add(scenario)
            kept = passing if cell.outcome == Outcome.PASS else others
            kept.setdefault(part, {}).setdefault(helper, set()).add(scenario)
        self._lacking = {
            part: {
                helper: scenarios - (passed - others.get(part, {}).get(helper, set()))
                for helper, passed in passing.get(part, {}).items()
            }
            for part, scenarios in self._scenarios.items()
        }

    @property
    def scenarios(self) -> frozenset[str]:
        """All of them."""
        return frozenset().union(*self._scenarios.values())

    def aside(self) -> frozenset[str]:
        """Return the scenarios without which every release and kind of reactor has a helper that passes everywhere."""
        found: set[str] = set()
        for release in reversed(self._releases):
            for kind in self._kinds(release, found):
                lacking = self._lacking[release, kind]
                if lacking and not self._able((release, kind), found):
                    best = min(lacking, key=lambda helper: (len(lacking[helper] - found), preference(helper)))
                    found |= lacking[best]
        return frozenset(found)

    def segments(self, aside: Collection[str] = frozenset()) -> tuple[Segment, ...]:
        """Return what to write where the scenarios `aside` do not count, the latest releases first."""
        kinds = {release: self._kinds(release, aside) for release in self._releases}
        left = [release for release in self._releases if kinds[release]]
        able = {(release, kind): self._able((release, kind), aside) for release in left for kind in kinds[release]}
        single = {release: set.intersection(*(able[release, kind] for kind in kinds[release])) for release in left}
        found = []
        while left:
            helper, length = _longest(left, single, {})
            by_reactor: dict[str, str | None] = {}
            if helper is None:
                together = kinds[left[-1]]
                alike = left[-min(length, _run([kinds[release] == together for release in left])) :]
                many = Counter(each for kind in together for each in able[alike[-1], kind])
                for kind in together:
                    of_kind = {release: able[release, kind] for release in alike}
                    # The fewer helpers there are between them, the shorter the code.
                    by_reactor[kind], run = _longest(alike, of_kind, many)
                    length = min(length, run)
            found.append(Segment(helper=helper, releases=tuple(left[-length:]), by_reactor=tuple(by_reactor.items())))
            del left[-length:]
        return tuple(found)

    def _kinds(self, release: str, aside: Collection[str]) -> list[str]:
        """Return the kinds of reactors with which anything but `aside` was asked."""
        return [kind for kind in KINDS if not self._scenarios.get((release, kind), set()).issubset(aside)]

    def _able(self, part: Part, aside: Collection[str]) -> set[str]:
        """Return the helpers that pass in all cells but those of `aside`."""
        return {helper for helper, lacking in self._lacking[part].items() if lacking.issubset(aside)}


def segments_of(
    written: Mapping[Part, str], releases: Sequence[str], stuck: Collection[Part] = ()
) -> tuple[Segment, ...]:
    """Return what is written in each release and with each kind of reactor as segments, the latest releases first.

    `stuck`: where nothing is, since no helper passes.
    """
    found: list[tuple[Segment, list[str]]] = []
    for release in reversed(releases):
        by_reactor = tuple((kind, written[release, kind]) for kind in KINDS if (release, kind) in written)
        one = {helper for _, helper in by_reactor}
        only_with = tuple(kind for kind, _ in by_reactor) if any((release, kind) in stuck for kind in KINDS) else ()
        here = Segment(
            helper=one.pop() if len(one) == 1 else None, by_reactor=by_reactor if one else (), releases=(),
            only_with=only_with,
        )  # fmt: skip
        if found and found[-1][0] == here:
            found[-1][1].insert(0, release)
        elif by_reactor:
            found.append((here, [release]))
    return tuple(replace(segment, releases=tuple(of)) for segment, of in found)


def preference(helper: str) -> tuple[int, str]:
    """Return a key that sorts helpers by `PREFERRED`."""
    return (PREFERRED.index(helper) if helper in PREFERRED else len(PREFERRED)), helper


def _longest(
    releases: Sequence[str], able: Mapping[str, Collection[str]], many: Mapping[str, int]
) -> tuple[str | None, int]:
    """Return the helper that does for most of the last releases, and for how many; of equal ones that with `many`.

    Where none does for the last: None, and for how many of the last none does.
    """
    runs = {
        helper: _run([helper in able[release] for release in releases])
        for helper in sorted(able[releases[-1]], key=lambda each: (-many.get(each, 0), preference(each)))
    }
    best = max(runs, key=lambda helper: runs[helper], default=None)
    return (None, _run([not able[release] for release in releases])) if best is None else (best, runs[best])


def _run(truths: Sequence[bool]) -> int:
    """How many of the last ones are true."""
    return next((count for count, truth in enumerate(reversed(truths)) if not truth), len(truths))
