"""Whether claims can be as they are: each is about cells that exist, and no two contradict each other.

What is asked here does not depend on results: only on the cells that the whole matrix has, on every platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import combinations

from harness.infra.errors import ConfigurationError
from harness.judge.cell_filter import CellFilter, FilterIndex
from harness.judge.claim import BEYOND_AWAIT, Claim, Expectation, ResultPattern
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import MEASURED, Outcome
from harness.plan.plan_records import Plan, PlannedEnvironment

Holding = dict[tuple[int, ...], CellCoordinates]
"""The sets of expectations that hold for one and the same cell, by their numbers, with one such cell each."""


def check_claims(claims: Sequence[Claim], plans: Iterable[Plan]) -> None:
    """Raise `ConfigurationError` for a claim that no cell of `plans` fits, and for claims that disagree."""
    numbered = [(claim, each) for claim in claims for each in claim.expectations]
    holding = _holding([each.where for _, each in numbered], plans)
    alive = {number for numbers in holding for number in numbers}
    for number, (claim, each) in enumerate(numbered):
        # What stands in for a platform need not have all that is asked there.
        if number not in alive and each.stand_in is None:
            raise ConfigurationError(
                value=f"claims.toml: claim {claim.id}",
                cause=f"no cell of the whole matrix has {', '.join(map(repr, each.where.choices))} together",
                action="let it be about cells that there are",
            )
    for first, second, at in contradictions([each for _, each in numbered], holding):
        (one, of_one), (other, of_other) = numbered[first], numbered[second]
        raise ConfigurationError(
            value=f"claims.toml: claims {one.id} and {other.id}",
            cause=f"contradict each other: of {at.key.id} one expects {of_one}, the other {of_other}",
            action="narrow one of the two",
        )


def contradictions(expectations: Sequence[Expectation], holding: Holding) -> Iterator[tuple[int, int, CellCoordinates]]:
    """Return pairs of expectations that no result of one and the same cell can fulfil, and such a cell."""
    told: set[tuple[int, int]] = set()
    for numbers, at in holding.items():
        for first, second in combinations(numbers, 2):
            if (first, second) not in told and _contradict(expectations[first], expectations[second]):
                told.add((first, second))
                yield first, second, at


def _holding(wheres: Sequence[CellFilter], plans: Iterable[Plan]) -> Holding:
    applying = FilterIndex(wheres, lambda numbers: numbers)
    found: Holding = {}
    for plan in plans:
        for at in _different_cells(plan, applying):
            found.setdefault(applying.to(at), at)
    return found


def _different_cells(plan: Plan, applying: FilterIndex[tuple[int, ...]]) -> Iterator[CellCoordinates]:
    """Return the cells of a plan that may be run; of environments and lanes alike to all claims only those of one."""
    done: set[tuple[int, int]] = set()
    for environment in plan.environments:
        for lane in environment.lanes if environment.status is None else ():
            where = _where(environment)
            alike = (id(applying.lane(where, lane.name)), id(lane.cells))
            if lane.status is None and alike not in done:
                done.add(alike)
                yield from (CellCoordinates(*where, lane.name, *pair) for pair in lane.cells)


def _where(environment: PlannedEnvironment) -> tuple[str, str, str, str]:
    return environment.platform, environment.python, environment.scrapy, environment.profile


def _contradict(one: Expectation, other: Expectation) -> bool:
    if one.seen.about_facts != other.seen.about_facts:
        return False
    if any(each.about_await and BEYOND_AWAIT.issuperset(beside.seen.mechanisms or ("",))
           for each, beside in ((one, other), (other, one))):  # fmt: skip
        return False
    pairs = [(one.seen, other.unless), (other.seen, one.unless)]
    return _exclude(one.seen, other.seen) or any(no is not None and _always(yes, no) for yes, no in pairs)


def _exclude(one: ResultPattern, other: ResultPattern) -> bool:
    """Whether nothing can be both."""
    outcomes = frozenset(one.outcomes or Outcome) & frozenset(other.outcomes or Outcome)
    globs = ((one.mechanisms, other.mechanisms), (one.details, other.details), (one.reactors, other.reactors),
             (one.loops, other.loops))  # fmt: skip
    return not outcomes or any(not _overlap(*each) for each in globs)


def _overlap(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether a text may fit one of each; two different globs are given the benefit of the doubt."""
    return not ones or not others or any(
        fnmatchcase(one, other) or fnmatchcase(other, one) or (_is_glob(one) and _is_glob(other))
        for one in ones
        for other in others
    )  # fmt: skip


def _is_glob(text: str) -> bool:
    return any(character in text for character in "*?[")


def _always(yes: ResultPattern, no: ResultPattern) -> bool:
    """Whether all that `yes` allows is what `no` forbids."""
    allowed = frozenset(yes.outcomes or MEASURED)
    globs = ((yes.mechanisms, no.mechanisms), (yes.details, no.details), (yes.reactors, no.reactors),
             (yes.loops, no.loops))  # fmt: skip
    return (not no.outcomes or allowed <= frozenset(no.outcomes)) and all(
        not forbidden or (wanted and all(any(fnmatchcase(each, glob) for glob in forbidden) for each in wanted))
        for wanted, forbidden in globs
    )
