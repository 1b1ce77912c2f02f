"""The values of each axis in the order in which people read them, and what lanes have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.analysis.ranges import natural_key, short_labels
from harness.model.ids import LaneName
from harness.model.known_cells import AXES, CellCoordinates

KINDS = ("asyncio", "none", "other")
"""Kinds of reactors: a Deferred is awaited in one and the same way with each, or should be."""


def kind_of(lane: str) -> str:
    """Return one of `KINDS`."""
    reactor = LaneName.parse(lane).reactor
    return reactor if reactor in KINDS else "other"


@dataclass(frozen=True, kw_only=True)
class AxisValues:
    """The values that some cells have on each axis, in order."""

    platforms: Sequence[str]
    pythons: Sequence[str]
    """Oldest first, others than CPython last."""
    releases: Sequence[str]
    """Of Scrapy, oldest first, as cells name them."""
    scrapys: Sequence[str]
    """The same as people read them: `2.13` for `2.13.4` where that says which."""
    profiles: Sequence[str]
    lanes: Sequence[str]
    scenarios: Sequence[str]
    helpers: Sequence[str]

    @classmethod
    def of(cls, cells: Iterable[CellCoordinates]) -> AxisValues:
        """Return the axes of some cells; what has no order of its own comes as it is met."""
        met = [list(dict.fromkeys(column)) for column in zip(*cells, strict=True)] or [[] for _ in AXES]
        platforms, pythons, releases, profiles, lanes, scenarios, helpers = met
        releases = sorted(releases, key=natural_key)
        labels = short_labels(releases)
        return cls(
            platforms=platforms,
            pythons=sorted(pythons, key=natural_key),
            releases=releases,
            scrapys=[labels[release] for release in releases],
            profiles=profiles,
            lanes=lanes,
            scenarios=scenarios,
            helpers=helpers,
        )

    @classmethod
    def of_releases(cls, releases: Sequence[str]) -> AxisValues:
        """Return the axis of Scrapy's releases alone, oldest first as they are given."""
        labels = short_labels(releases)
        scrapys = [labels[release] for release in releases]
        return cls(platforms=(), pythons=(), releases=releases, scrapys=scrapys, profiles=(), lanes=(), scenarios=(),
                   helpers=())  # fmt: skip

    @property
    def orders(self) -> dict[str, Sequence[str]]:
        """The values by the name of the axis in coordinates."""
        return {
            "platform": self.platforms, "python": self.pythons, "scrapy": self.releases, "profile": self.profiles,
            "lane": self.lanes, "scenario": self.scenarios, "helper": self.helpers,
        }  # fmt: skip

    def label(self, release: str) -> str:
        """Return a release as people read it."""
        return self.scrapys[self.releases.index(release)]
