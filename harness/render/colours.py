"""Colours for lines of text that say outcomes, verdicts and changes; they change nothing of the text."""

from __future__ import annotations

import re

from rich.text import Text

from harness.model.outcome import Outcome

_OUTCOMES = {outcome.value: outcome.colour for outcome in Outcome if outcome.colour}
_WORDS = {
    "expected": "green", "confirmed": "green", "fixed": "green", "newly runnable": "green",
    "unexpected": "bold red", "refuted": "bold red", "regressed": "bold red", "newly unrunnable": "red",
    "unverified": "yellow", "changed mechanism": "yellow", "incomplete": "yellow",
    "unclaimed": "bright_black", "new": "cyan", "gone": "cyan", "changed facts only": "cyan",
}  # fmt: skip
_PLACES = (
    # Where a word is an outcome and no part of a sentence: first on a line, behind its label or number, at an arrow.
    r"^(?:outcome: +| *[\d,]+  )?({word})(?=[\s/:]|$)",
    r"(?<=→ )({word})(?=[/:]|$)",
    r"({word})(?=(?:/\S+)? →)",
    r"(?:, |: )({word})(?= [\d,]+(?:,|$))",
)
_JUDGED = (r"^(?:verdict: +|\S+ +)?({word})(?=[\s:]|$)", r"(?<=\d )({word})(?=[,;]|$)", r"(?:, |: )({word})(?= [1-9])")


def coloured(line: str) -> Text:
    """Return a line that a command prints, with colours for a terminal."""
    text = Text(line)
    if line.startswith("--- "):
        text.stylize("bold")
    elif line.startswith(("… ", "[... ")):
        text.stylize("bright_black")
    spans: dict[tuple[int, int], str] = {}
    for words, places in ((_OUTCOMES, _PLACES), (_WORDS, _JUDGED)):
        for word, style in words.items():
            if word in line:
                patterns = [place.format(word=word) for place in places]
                spans |= {found.span(1): style for pattern in patterns for found in re.finditer(pattern, line)}
    for span, style in spans.items():
        text.stylize(style, *span)
    return text
