"""What a Scrapy on a Python needs held back or added, typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum

from msgspec import field

from harness.infra.toml import Text, TomlRecord
from harness.infra.toml_errors import RefusedError
from harness.matrix.versions import check_requirement


class PinState(Enum):
    """What came of the search for pins."""

    NOTHING_NEEDED = "nothing-needed"
    """It works with what pip gives."""
    HELD_BACK = "held-back"
    """It works with the packages that are named held back or added."""
    STOPPED = "stopped"
    """Nothing was found that helps."""


class Pin(TomlRecord, frozen=True, kw_only=True):
    """One package held back."""

    requirement: str
    """As a constraint file says it: what is used is below the release that broke it."""
    day: date = field(name="released")
    """UTC day on which that was published."""
    error: Text
    """What is seen with that release while the other pins hold."""

    def __post_init__(self) -> None:
        check_requirement("requirement", self.requirement)

    @property
    def package(self) -> str:
        """Normalised name."""
        return self.requirement.partition("<")[0]

    @property
    def release(self) -> str:
        """The release that broke it."""
        return self.requirement.partition("<")[2]


class AddedPackage(TomlRecord, frozen=True, kw_only=True):
    """One package that has to be installed beside Scrapy, which does not ask for it."""

    package: Text
    """Normalised name."""
    error: Text
    """What is seen without it while the pins hold."""

    def __post_init__(self) -> None:
        check_requirement("package", self.package)


class PinSet(TomlRecord, frozen=True, kw_only=True):
    """What one Scrapy needs on one Python."""

    scrapy: Text
    """The exact release."""
    python: Text
    """The key of the Python: `3.10`, `pypy3.11`."""
    platform: Text
    """Where it was measured."""
    state: PinState
    pins: tuple[Pin, ...] = field(name="held", default=())
    """Empty unless something is held back."""
    added: tuple[AddedPackage, ...] = ()
    """Empty unless something has to be installed beside Scrapy."""
    stopped_by: Text | None = field(name="stopped-by", default=None)
    """For `STOPPED`: what was seen, on one line."""
    found: date
    latest: Text
    """Hash of what pip gave that day; as long as it gives the same, this stands."""

    def __post_init__(self) -> None:
        held, stopped = self.state is PinState.HELD_BACK, self.state is PinState.STOPPED
        if (held, stopped) != (bool(self.pins or self.added), self.stopped_by is not None):
            action = "run `scrapy-compat pins` for this pair again"
            raise RefusedError("state", cause="does not fit what is held and added", action=action)


Pairs = Mapping[tuple[str, str], PinSet]
"""By Scrapy release and key of the Python."""
