"""Whether the parent of batches may fork its children on a platform."""

from __future__ import annotations

import os

FORKING = frozenset({"linux"})
"""Windows has no fork. On macOS a process that has used the system's frameworks (Objective-C, the look-up of proxies
and names) can crash or hang in its forked child; that is why Python itself does not fork there by default since 3.8
(bpo-33725). What crashed of itself would be taken for what was measured."""


def forks(platform: str) -> bool:
    """Whether batches of `platform` (linux, macos, windows, wine) run in forked children, not in processes of their
    own that are started from scratch."""
    return platform in FORKING and hasattr(os, "fork")
