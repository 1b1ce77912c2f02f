"""What somebody may have meant who wrote a name that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggestion(value: str, known: Iterable[str]) -> str:
    """Return what would be right instead of `value`: the closest names, or all of them if none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(value, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"use one of {', '.join(names)}" if names else "there is nothing to choose from"
