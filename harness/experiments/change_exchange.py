"""Which packages made a cell change between two runs: those of the one are exchanged for those of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from harness.analysis.package_changes import PackageChange
from harness.experiments.package_exchange import ExchangeTrial, search_exchange
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome

CellEnd = tuple[Outcome, "str | None"]
"""Outcome and mechanism."""


class ExchangeVerdict(Enum):
    """What an exchange of packages says of a change."""

    PACKAGES = "packages"
    """Some of them do it."""
    NOT_PACKAGES = "not-packages"
    """The packages of A give what those of B give."""
    NOT_REPRODUCED = "not-reproduced"
    """With the packages of a run the cell does not give today what that run has."""
    NOT_MEASURED = "not-measured"
    """It could not be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedChange:
    """What the exchange of packages gave for one cell that changed."""

    cell: CellCoordinates
    verdict: ExchangeVerdict
    detail: str | None = None
    """One line of explanation; None: there is nothing to add."""
    needed: tuple[PackageChange, ...] = ()
    """As few packages as do it together."""
    tried: tuple[ExchangeTrial, ...] = ()
    """Begins with the packages of B."""


def exchange_change(
    cell: CellCoordinates,
    before: CellEnd,
    after: CellEnd,
    packages: Sequence[PackageChange],
    run: Callable[[frozenset[str]], ExchangeTrial],
) -> ExchangedChange:
    """Return which of the packages, as A has them in the environment of B, give the result of A.

    `run` gives what the cell does with some packages exchanged.
    """
    trial = cache(run)
    names = [each.package for each in packages]
    own, other = trial(frozenset()), trial(frozenset(names))
    if _end(own) != after:
        return _without(cell, ExchangeVerdict.NOT_REPRODUCED, f"the packages of B give {_words(own)} today", own)
    if _end(other) == after:
        return _without(cell, ExchangeVerdict.NOT_PACKAGES, f"the packages of A give {_words(other)}, too", own, other)
    if _end(other) != before:
        return _without(
            cell, ExchangeVerdict.NOT_REPRODUCED, f"the packages of A give {_words(other)} today", own, other
        )
    found = search_exchange(names, trial, lambda each: _end(each) == before)
    tried = dict.fromkeys((own, other, *found.tried))
    needed = tuple(each for each in packages if each.package in found.needed)
    return ExchangedChange(cell=cell, verdict=ExchangeVerdict.PACKAGES, needed=needed, tried=tuple(tried))


def _without(cell: CellCoordinates, verdict: ExchangeVerdict, detail: str, *tried: ExchangeTrial) -> ExchangedChange:
    return ExchangedChange(cell=cell, verdict=verdict, detail=detail, tried=tried)


def _end(trial: ExchangeTrial) -> CellEnd:
    return trial.outcome, trial.mechanism


def _words(trial: ExchangeTrial) -> str:
    return f"{trial.outcome}{f'/{trial.mechanism}' if trial.mechanism else ''}"
