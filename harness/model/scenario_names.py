"""What the name of a scenario says of it, in stored runs too: its family, and what others are compared with."""

from __future__ import annotations

PLAIN_CALLBACK = "callback_pending"
"""A Deferred that fires later, awaited in a callback: other scenarios are compared with this one."""
ENTRY_FAMILY = "start"
"""The family of the ways to start a crawl."""


def family_of(scenario: str) -> str:
    """Return the first word of a scenario's name: `callback` of `callback_pending`."""
    return scenario.partition("_")[0]
