"""The tokens by which the processes of this harness are told from all others."""

from __future__ import annotations

import itertools
import secrets

MARKER = "SCRAPY_COMPAT_PROCESS"
"""The environment variable that holds the tokens of every harness process above, outermost first."""
HARNESS = f"/{secrets.token_hex(8)}."
"""How the tokens begin of whatever this harness process starts."""
_numbers = itertools.count(1)


def next_token() -> str:
    """A token for one process and all that it starts."""
    return f"{HARNESS}{next(_numbers)}/"
