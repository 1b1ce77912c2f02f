"""What a search for pins works with: a bench on which sets of packages are tried, and what comes of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from harness.infra.packages.index import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """Why a set of packages does not work."""

    name: str
    """The same for the same cause: outcome and mechanism of the first cell that does not do what it should."""
    text: str
    """One line for people."""
    suspects: tuple[str, ...] = ()
    """Packages that the traceback names, most telling first."""
    provider: str | None = None
    """The package that would bring the module which could not be imported, where one is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying one set of packages."""

    symptom: Symptom | None
    """None: it works."""
    versions: Mapping[str, str]
    """Locked versions by normalised name; empty where there is no such set."""

    def shows(self, symptom: Symptom) -> bool:
        """Whether it does not work for the same reason."""
        return self.symptom is not None and self.symptom.name == symptom.name


class PackageTrials(Protocol):
    """Where packages are tried for one Scrapy on one Python."""

    @property
    def first_day(self) -> date:
        """A day on which it should have worked: the end of that release's time."""

    @property
    def today(self) -> date:
        """The day of the search."""

    def trial(self, constraints: Sequence[str], day: date | None = None, added: Sequence[str] = ()) -> Trial:
        """Return what comes of pip's choice under `constraints`, with the packages `added` beside Scrapy.

        With `day`, of the packages there were on that day.
        """

    def releases(self, package: str) -> Sequence[Release]:
        """The releases of a package that this Python can have, oldest first, without pre-releases and yanked ones."""
