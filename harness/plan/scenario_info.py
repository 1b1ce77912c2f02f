"""What a plan needs to know of the scenarios that it asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from packaging.version import Version

from harness.matrix.versions import VersionRange

Kind = Literal["callback", "place", "program"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioInfo:
    """What a plan needs to know of a scenario."""

    question: str = ""
    """What it asks, in a sentence."""
    helpers: tuple[str, ...]
    """The helpers it asks its question with, in order."""
    lanes: tuple[str, ...] = ()
    """Shell globs of the lanes where the question makes sense; empty: all. It is not asked in others."""
    platforms: tuple[str, ...] = ()
    """The platforms where the question makes sense, and those that are like them; empty: all. It is not asked on
    others."""
    scrapy: str | None = None
    """Range of the releases that have what it needs; its cells are `unsupported` in others."""
    requires: tuple[str, ...] = ()
    """Requirements beside Scrapy."""
    core: bool = True
    """Whether a plan that asks for core scenarios has it."""
    heavy: str = ""
    """Why it is too much for a plan that leaves heavy ones out, the default plan say; empty: it is not."""
    loop_matters: bool = False
    """Whether the answer may depend on which event loop there is; if not, one loop of each reactor will do."""
    kind: Kind = "callback"
    """`callback`: a request in a crawl that many share; `place`: a crawl of its own; `program`: a process."""

    def __post_init__(self) -> None:
        """`ValueError` if `scrapy` is no range."""
        if self.scrapy is not None:
            VersionRange(self.scrapy)

    def is_for(self, version: Version) -> bool:
        """Whether that release of Scrapy has what the question needs."""
        return self.scrapy is None or _contains(self.scrapy, version)


@cache
def _contains(written: str, version: Version) -> bool:
    return VersionRange(written).contains(version)
