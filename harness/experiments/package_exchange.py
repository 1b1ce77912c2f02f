"""Which packages, exchanged for those of another environment, make a cell pass, or give what it gave there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTrial:
    """What a cell gave with some packages exchanged."""

    exchanged: tuple[str, ...]
    outcome: Outcome
    mechanism: str | None
    detail: str | None
    suspects: tuple[str, ...] = ()
    """Packages that its traceback names, most telling first."""
    moved: tuple[str, ...] = ()
    """Other packages that had to change with them."""

    @property
    def passes(self) -> bool:
        """Return whether the cell passes."""
        return self.outcome == Outcome.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSearch:
    """What came of exchanging packages."""

    needed: tuple[str, ...]
    """Packages that do it when they are exchanged together, and no part of them does; empty: none do."""
    tried: tuple[ExchangeTrial, ...]
    """In the order in which they were tried, the first with nothing exchanged."""

    def with_only(self, package: str) -> ExchangeTrial | None:
        """Return what came of exchanging one package alone; None where that was not tried."""
        return next((each for each in self.tried if each.exchanged == (package,)), None)


def search_exchange(
    packages: Sequence[str],
    run: Callable[[frozenset[str]], ExchangeTrial],
    is_reached: Callable[[ExchangeTrial], bool] = lambda trial: trial.passes,
) -> ExchangeSearch:
    """Return the fewest of `packages` that give what is sought, and each of them alone; by default that a cell passes.

    Packages that errors name come first, one after the other; where these do not lead there, halves of all packages are
    tried.
    """
    tried: dict[frozenset[str], ExchangeTrial] = {}

    def trial(exchanged: Iterable[str]) -> ExchangeTrial:
        asked = frozenset(exchanged)
        if asked not in tried:
            tried[asked] = run(asked)
        return tried[asked]

    def reaches(exchanged: Iterable[str]) -> bool:
        return is_reached(trial(exchanged))

    needed = _named_by_errors(packages, trial, is_reached)
    if not reaches(needed):
        needed = _halved(list(packages), reaches) if reaches(packages) else []
    for package in list(needed):
        if len(needed) > 1 and reaches(others := [each for each in needed if each != package]):
            needed = others
    for package in needed:
        trial([package])
    return ExchangeSearch(needed=tuple(needed), tried=tuple(tried.values()))


def _named_by_errors(
    packages: Sequence[str],
    trial: Callable[[Iterable[str]], ExchangeTrial],
    is_reached: Callable[[ExchangeTrial], bool],
) -> list[str]:
    """Return packages that errors name one after the other, each of which changes what is seen."""
    held: list[str] = []
    now = trial(held)
    while not is_reached(now):
        for suspect in now.suspects:
            if suspect in packages and suspect not in held:
                then = trial([*held, suspect])
                if then.outcome != Outcome.UNINSTALLABLE and (then.outcome, then.mechanism) != (
                    now.outcome,
                    now.mechanism,
                ):
                    break
        else:
            break
        held, now = [*held, suspect], then
    return held


def _halved(packages: list[str], reaches: Callable[[Iterable[str]], bool]) -> list[str]:
    """Return a part of `packages` that does it, of which no part that leaves out one does (delta debugging)."""
    parts = 2
    while len(packages) > 1:
        size = -(-len(packages) // parts)
        chunks = [packages[start : start + size] for start in range(0, len(packages), size)]
        rests = [[each for each in packages if each not in chunk] for chunk in chunks]
        if (found := next(filter(reaches, chunks), None)) is not None:
            packages, parts = found, 2
        elif (found := next(filter(reaches, rests if parts > 2 else []), None)) is not None:  # noqa: PLR2004
            packages, parts = found, max(parts - 1, 2)
        elif parts >= len(packages):
            break
        else:
            parts = min(parts * 2, len(packages))
    return packages
