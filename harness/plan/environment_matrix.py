"""The environments that the axes of a matrix make, and the newest release in each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.matrix.axes import Profile, Python, Scrapy
from harness.matrix.spec import MatrixSpec
from harness.model.ids import EnvironmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Platform x Python x Scrapy x profile, and why the matrix leaves it out if it does."""

    python: Python
    scrapy: Scrapy
    profile: Profile
    id: EnvironmentId
    reason: str | None


def combinations(spec: MatrixSpec, platform: str) -> Iterator[Combination]:
    """Every combination of the axes for a platform, by Python, then Scrapy, then profile."""
    for python in spec.pythons:
        for scrapy in spec.scrapys:
            for profile in spec.profiles:
                yield Combination(
                    python=python,
                    scrapy=scrapy,
                    profile=profile,
                    id=EnvironmentId(platform, python.key, scrapy.label, profile.name),
                    reason=spec.exclusion(platform, python, scrapy, profile),
                )


def newest_releases(every: Iterable[Combination]) -> dict[tuple[str, str], str]:
    """The newest release, no direct reference, that the matrix allows, by Python and profile."""
    newest: dict[tuple[str, str], Scrapy] = {}
    for combination in every:
        key = (combination.python.key, combination.profile.name)
        if combination.reason is None and combination.scrapy.first is not None:
            best = newest.setdefault(key, combination.scrapy)
            newest[key] = max(best, combination.scrapy, key=lambda scrapy: scrapy.version)
    return {key: scrapy.label for key, scrapy in newest.items()}
