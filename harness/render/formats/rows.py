"""Cells as rows: what CSV, Parquet and `scrapy-compat query` have in common."""

from __future__ import annotations

from typing import NamedTuple

from harness.analysis.ranges import short_labels
from harness.infra.text import visible
from harness.store.records import Observation

COLUMNS = (
    "run", "cell", "environment", "platform", "python", "scrapy", "minor", "profile", "lane", "reactor", "loop",
    "scenario", "helper", "outcome", "mechanism", "detail", "close", "actual_reactor", "actual_loop", "actual_policy",
    "seconds", "isolated", "attested", "verdict",
)  # fmt: skip
"""Names of the columns; `docs/query.md` tells what they hold."""


class SeenRow(NamedTuple):
    """What was seen of a cell; None where there is nothing to say. Nothing in it can act up on a terminal."""

    outcome: str
    mechanism: str | None
    detail: str | None
    close: str | None
    actual_reactor: str | None
    """Dotted class names that the process reported of itself."""
    actual_loop: str | None
    actual_policy: str | None
    isolated: bool

    @classmethod
    def of(cls, seen: Observation) -> SeenRow:
        """The row of an observation."""
        facts, close = seen.facts, seen.close
        reactor, loop, policy = (None, None, None) if facts is None else (facts.reactor, facts.loop, facts.policy)
        return cls(
            outcome=seen.outcome.value,
            mechanism=_harmless(seen.mechanism),
            detail=_harmless(seen.detail),
            close=None if close is None else close.value,
            actual_reactor=_harmless(reactor),
            actual_loop=_harmless(loop),
            actual_policy=_harmless(policy),
            isolated=seen.isolated,
        )


def _harmless(text: str | None) -> str | None:
    return None if text is None else visible(text)


def minor(scrapy: str) -> str:
    """`2.13` of `2.13.4`; a name that is no version as it is."""
    return short_labels({scrapy})[scrapy]
