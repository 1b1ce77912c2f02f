"""What the documentation promises, as predicates over cells."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from msgspec import field
from packaging.version import Version

from harness.infra.platforms import Platform
from harness.infra.toml import Several, Text, TomlRecord
from harness.judge.cell_filter import CellFilter
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome

NOTHING = "none"
"""Stands for no mechanism, no reactor and no loop."""


BEYOND_AWAIT = frozenset({
    "arrived-twice", "effect-missing", "never-awaited", "no-effect-seen", "no-value", "output-lost",
    "processed-at-the-end", "silently-ignored", "wrong-order",
})  # fmt: skip
"""Mechanisms that tell what Scrapy did with a coroutine, with its value or with its exception, and not how the await in
it ended."""


class ResultPattern(TomlRecord, frozen=True, kw_only=True):
    """What may be seen of a cell. What is empty may be anything; texts are shell globs, any of which will do."""

    outcomes: Several[Outcome] = field(name="outcome", default=Several())
    mechanisms: Several[str] = field(name="mechanism", default=Several())
    details: Several[str] = field(name="detail", default=Several())
    reactors: Several[str] = field(name="reactor", default=Several())
    """Dotted class names."""
    loops: Several[str] = field(name="loop", default=Several())

    @property
    def about_facts(self) -> bool:
        """Whether it depends on the reactor or the loop that a process reported."""
        return bool(self.reactors or self.loops)

    def matches(self, cell: KnownCell) -> bool:
        """Return whether that is what was seen."""
        return (
            (not self.outcomes or cell.outcome in self.outcomes)
            and _any(self.mechanisms, cell.mechanism)
            and _any(self.details, cell.detail)
            and _any(self.reactors, cell.reactor)
            and _any(self.loops, cell.loop)
        )

    def __str__(self) -> str:
        """Return `fail: task-got-bad-yield`; for people."""
        what = "/".join(sorted(each.value for each in self.outcomes)) or "any outcome"
        told = [f"{what}: {'/'.join(self.mechanisms)}" if self.mechanisms else what]
        for name, globs in (("detail", self.details), ("reactor", self.reactors), ("loop", self.loops)):
            told += [f"{name} {'/'.join(globs)}"] if globs else []
        return ", ".join(told)


def _any(globs: tuple[str, ...], text: str | None) -> bool:
    return not globs or any(fnmatchcase(NOTHING if text is None else text, glob) for glob in globs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a claim expects of some cells."""

    where: CellFilter
    """The claim's releases and platform are part of it."""
    seen: ResultPattern
    unless: ResultPattern | None
    """What must not be seen."""
    about_await: bool = False
    """Whether it is about nothing but how an await ends."""
    stand_in: str | None = None
    """The platform whose cells it is about, where that only stands in for the claim's own."""

    def judges(self, cell: KnownCell) -> bool:
        """Return whether a cell of `where` says anything for or against it: its await was tried, or what is expected
        names just what was seen. What could not be run says nothing, nor, of how an await ends, a cell that does not
        show it."""
        if self.about_await and cell.mechanism in BEYOND_AWAIT:
            return False
        if self.seen.about_facts:
            return cell.outcome.has_facts
        return cell.outcome.measured or any(
            each.outcomes and each.matches(cell) for each in (self.seen, self.unless) if each is not None
        )

    def agrees(self, cell: KnownCell) -> bool:
        """Return whether a cell is as expected."""
        return self.seen.matches(cell) and (self.unless is None or not self.unless.matches(cell))

    def vouches(self, cell: KnownCell) -> bool:
        """Return whether a cell that agrees is what the documentation announces.

        A failure is that only where it announces one, not where all it says is on which loop that failure happens, or
        what does not happen there.
        """
        return bool(self.seen.outcomes) or (
            self.seen.about_facts and cell.outcome in {Outcome.PASS, Outcome.MISCONFIGURED}
        )

    def __str__(self) -> str:
        """Return for people: `pass`, `not unsupported: helper-missing`."""
        told = [] if self.seen == ResultPattern() else [str(self.seen)]
        return ", ".join(told + ([] if self.unless is None else [f"not {self.unless}"]))


class PrintedClaim(TomlRecord, frozen=True, kw_only=True):
    """One promise of the documentation, apart from what follows from it."""

    id: str
    text: Text
    page: str
    """Path of the page in Scrapy's documentation, e.g. `topics/asyncio`."""
    since: Version
    """First minor release that it holds for."""
    until: Version | None = None
    """Last minor release that it holds for; None: it still does."""
    platform: Platform | None = None
    """The only platform that it is about; None: all."""


class Claim(PrintedClaim, frozen=True, kw_only=True):
    """One promise of the documentation."""

    expectations: tuple[Expectation, ...]

    @property
    def releases(self) -> str:
        """For people: `2.6-2.9`, or `2.6+` if it still holds."""
        return f"{self.since}+" if self.until is None else f"{self.since}-{self.until}"
