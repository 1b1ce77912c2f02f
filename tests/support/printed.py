"""What pages say that commands print."""

from __future__ import annotations

import re


def pattern(told: str) -> str:
    """What is told, where `...` stands for anything in its line, and for any lines on a line of its own."""
    parts = (r"(?:[^\n]*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", "[^\n]*") + "\n"
             for line in told.splitlines())  # fmt: skip
    return "".join(parts)
