"""Pins in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.experiments.pins.pair_searches import PairDone
from harness.matrix.pin_sets import PinSet, PinState

_WORDS = {PinState.NOTHING_NEEDED: "nothing needed", PinState.HELD_BACK: "held back", PinState.STOPPED: "no pins help"}


def told_line(told: PairDone) -> str:
    """Return one pair of Scrapy and Python as a line: what is held back, or what stops it, and what that took."""
    effort = "known" if told.known else f"{told.trials} trials, {told.seconds:.0f} s"
    pins = told.pins
    return f"Scrapy {pins.scrapy}, Python {pins.python}: {_result(pins)} ({effort}): {told.file}"


def summary_line(done: Sequence[PairDone]) -> str:
    """Return how many pairs came to what."""
    counts = Counter(told.pins.state for told in done)
    states = ", ".join(f"{_WORDS[state]} {counts[state]}" for state in PinState if counts[state])
    pairs = "1 pair" if len(done) == 1 else f"{len(done)} pairs"
    return f"{pairs}: {states}; {sum(told.trials for told in done)} trials"


def _result(pins: PinSet) -> str:
    if pins.state is PinState.HELD_BACK:
        return ", ".join([*(pin.requirement for pin in pins.pins), *(f"add {each.package}" for each in pins.added)])
    return f"{_WORDS[pins.state]}: {pins.stopped_by}" if pins.state is PinState.STOPPED else _WORDS[pins.state]
