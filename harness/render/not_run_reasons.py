"""What could not be run, folded: `Python 3.6-3.8, Scrapy 2.0-2.6, latest`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.infra.text import one_line
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment
from harness.render.cell_phrases import CellPhrases
from harness.render.view import ReportView

Place = tuple[str, str, str]
"""(Python, Scrapy, profile)."""

_VERSION = re.compile(r"\d+(?:\.\d+)+\w*")
_LIMIT = 2_000
"""Different reasons that are told apart; the rest of a hostile set of results is counted together."""


@dataclass(slots=True)
class Reason:
    """Why some cells, or whole environments, could not be run."""

    outcome: Outcome
    text: str
    """Of the first one, on one line; others may name other versions."""
    alike: bool = True
    """Whether all give exactly this text."""
    cells: int = 0
    places: set[Place] = field(default_factory=set)
    lanes: set[str] = field(default_factory=set)
    runnable: set[str] = field(default_factory=set)
    """Lanes that these environments can have."""
    helpers: set[str] = field(default_factory=set)

    def add(self, text: str, place: Place) -> None:
        """Count one more place."""
        self.alike = self.alike and text == self.text
        self.places.add(place)


def reasons(view: ReportView) -> list[Reason]:
    """Return why cells are not known and environments left out, each reason once, by outcome, most cells first."""
    found: dict[tuple[Outcome, str], Reason] = {}

    def reason(outcome: Outcome, text: str | None, environment: PlannedEnvironment) -> Reason:
        line = one_line(text or "no reason is known", 300)
        key = (outcome, _VERSION.sub("*", line)) if len(found) < _LIMIT else (outcome, "")
        entry = found.setdefault(key, Reason(outcome, line))
        entry.add(line, (environment.python, view.labels[environment.scrapy], environment.profile))
        return entry

    runnable: dict[str, set[str]] = defaultdict(set)
    for block in view.blocks:
        if block.lane.status is None:
            runnable[block.environment.id].add(block.lane.name)
    for block in view.blocks:
        known: dict[int, Reason] = {}  # by identity: most cells of a block share what is said of them
        for (_, helper), seen in zip(block.lane.cells, block.observations, strict=True):
            if seen.outcome.ran or seen.outcome.tried:
                continue
            entry = known.get(id(seen))
            if entry is None:
                text = ": ".join(part for part in (seen.mechanism, seen.detail) if part) or None
                entry = known[id(seen)] = reason(seen.outcome, text, block.environment)
                entry.lanes.add(block.lane.name)
                entry.runnable |= runnable[block.environment.id]
            entry.cells += 1
            entry.helpers.add(helper)
    for each in view.environments:
        if each.planned.status is not None:
            reason(each.planned.status, each.reason, each.planned)
    return sorted(found.values(), key=lambda entry: (list(Outcome).index(entry.outcome), -entry.cells))


@dataclass(slots=True)
class _Cover:
    """Environments that are written as one line, and those among which that line is read."""

    profiles: list[str]
    scrapys: list[str]
    pythons: set[str]
    members: list[tuple[set[str], set[str]]]
    """Pythons meant and Pythons planned, by release."""

    def takes(self, meant: set[str], planned: set[str]) -> bool:
        """Return whether a release can be added without the line saying too much of any of them."""
        pythons = self.pythons | meant
        return all(pythons & among == inside for inside, among in (*self.members, (meant, planned)))


def written_places(view: ReportView, where: CellPhrases, places: set[Place]) -> Iterator[str]:
    """Return the places as few lines: `Python 3.6-3.8, Scrapy 2.0-2.6, era`.

    A line covers what was planned and is meant, and nothing else that was planned.
    """
    planned: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in view.environments:
        if each.planned.status is None or (each.planned.python, view.labels[each.planned.scrapy],
                                           each.planned.profile) in places:  # fmt: skip
            planned[each.planned.profile, view.labels[each.planned.scrapy]].add(each.planned.python)
    covers: list[_Cover] = []
    for profile in view.profiles:
        for scrapy in view.scrapys:
            among = planned[profile, scrapy]
            meant = {python for python in among if (python, scrapy, profile) in places}
            if not meant:
                continue
            cover = next((each for each in covers if each.profiles == [profile] and each.takes(meant, among)), None)
            if cover is None:
                covers.append(cover := _Cover([profile], [], set(), []))
            cover.scrapys.append(scrapy)
            cover.pythons |= meant
            cover.members.append((meant, among))
    for cover in _profiles_joined(covers):
        among = set().union(*(each for _, each in cover.members))
        releases = [scrapy for scrapy in view.scrapys if any(planned[profile, scrapy] for profile in cover.profiles)]
        tail = "" if len(cover.profiles) == len(view.profiles) else f", {where.write('profile', cover.profiles)}"
        yield f"{where.python(cover.pythons, among)}, {where.scrapy(cover.scrapys, releases)}{tail}"


def _profiles_joined(covers: list[_Cover]) -> list[_Cover]:
    joined: dict[tuple[tuple[str, ...], frozenset[str]], _Cover] = {}
    for cover in covers:
        same = joined.setdefault((tuple(cover.scrapys), frozenset(cover.pythons)), cover)
        if same is not cover:
            same.profiles += cover.profiles
            same.members += cover.members
    return list(joined.values())
