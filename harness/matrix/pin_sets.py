"""What a Scrapy on a Python needs held back or added, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum


class PinState(Enum):
    """What came of the search for pins."""

    NOTHING_NEEDED = "nothing-needed"
    """It works with what pip gives."""
    HELD_BACK = "held-back"
    """It works with the packages that are named held back or added."""
    STOPPED = "stopped"
    """Nothing was found that helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One package held back."""

    package: str
    """Normalised name."""
    release: str
    """The release that broke it: what is used is below this one."""
    day: date
    """UTC day on which that was published."""
    error: str
    """What is seen with that release while the other pins hold."""

    @property
    def requirement(self) -> str:
        """As a constraint file says it."""
        return f"{self.package}<{self.release}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedPackage:
    """One package that has to be installed beside Scrapy, which does not ask for it."""

    package: str
    """Normalised name."""
    error: str
    """What is seen without it while the pins hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinSet:
    """What one Scrapy needs on one Python."""

    scrapy: str
    """The exact release."""
    python: str
    """The key of the Python: `3.10`, `pypy3.11`."""
    platform: str
    """Where it was measured."""
    state: PinState
    pins: tuple[Pin, ...]
    """Empty unless something is held back."""
    added: tuple[AddedPackage, ...] = ()
    """Empty unless something has to be installed beside Scrapy."""
    stopped_by: str | None
    """For `STOPPED`: what was seen, on one line."""
    found: date
    latest: str
    """Hash of what pip gave that day; as long as it gives the same, this stands."""


Pairs = Mapping[tuple[str, str], PinSet]
"""By Scrapy release and key of the Python."""
