"""Cells as rows: what CSV, Parquet and `scrapy-compat query` have in common."""

from __future__ import annotations

from harness.analysis.ranges import short_labels
from harness.infra.text import visible
from harness.store.records import Observation

COLUMNS = (
    "run", "cell", "environment", "platform", "python", "scrapy", "minor", "profile", "lane", "reactor", "loop",
    "scenario", "helper", "outcome", "mechanism", "detail", "close", "actual_reactor", "actual_loop", "actual_policy",
    "seconds", "isolated", "attested", "verdict",
)  # fmt: skip
"""Names of the columns; `docs/query.md` tells what they hold."""


SeenValues = tuple[str | bool | None, ...]


def seen_values(seen: Observation) -> SeenValues:
    """Return the columns from `outcome` to `actual_policy`, then `isolated`; None where there is nothing to say.

    Nothing in them can act up on a terminal.
    """
    facts, close = seen.facts, seen.close
    actual = (None, None, None) if facts is None else (facts.reactor, facts.loop, facts.policy)
    told = [None if text is None else visible(text) for text in (seen.mechanism, seen.detail, *actual)]
    return (seen.outcome.value, *told[:2], None if close is None else close.value, *told[2:], seen.isolated)


def minor(scrapy: str) -> str:
    """Return `2.13` of `2.13.4`; a name that is no version as it is."""
    return short_labels({scrapy})[scrapy]
