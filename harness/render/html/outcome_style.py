"""What the page's scripts and styles know of outcomes, made from the outcomes themselves."""

from __future__ import annotations

import json

from harness.model.outcome import Outcome


def outcome_script() -> str:
    """Return the ES module `outcomes.js`: symbols and tones by outcome, and what a bar shows, from good to bad."""
    bar = sorted(
        (each for each in Outcome if each.tried), key=lambda each: (each is not Outcome.PASS, not each.doubted)
    )
    constants = {
        "SYMBOLS": {each.value: each.symbol for each in Outcome},
        "TONES": {each.value: each.tone for each in Outcome},
        "BAR": [each.value for each in bar],
    }
    return "".join(f"export const {name} = {_written(value)};\n" for name, value in constants.items())


def outcome_styles() -> str:
    """Return a rule for each outcome, whose colours are those of its tone."""
    return "".join(
        f".o-{each} {{ --back: var(--{each.tone}); --front: var(--{each.tone}-ink); }}\n" for each in Outcome
    )


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
