"""One attested cell, by everything that tables are made of."""

from __future__ import annotations

from typing import NamedTuple

from harness.model.outcome import Outcome


class AttestedCell(NamedTuple):
    """One attested cell by everything that tables are made of."""

    platform: str
    scrapy: str
    """As `ReportView.label` writes it."""
    python: str
    profile: str
    lane: str
    scenario: str
    helper: str
    outcome: Outcome
    mechanism: str | None
