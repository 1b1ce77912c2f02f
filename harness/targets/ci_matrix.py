"""The smallest matrix of a target's CI that catches every cause that was found: a set cover over its environments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version

from harness.analysis.ranges import natural_key
from harness.targets.checks import LOAD, UNFORCED
from harness.targets.tried_cell import TriedCell

PROFILE = "latest"
"""That which a plain `pip install` gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiEnvironment:
    """One environment of a CI matrix."""

    python: str
    scrapy: str
    """The exact release."""
    catches: tuple[str, ...]
    """The causes that fail there today; empty: everything passes."""
    cell: str
    """Id of a cell that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiMatrix:
    """The environments, oldest release first, and what none of them catches."""

    environments: tuple[CiEnvironment, ...]
    uncaught: tuple[str, ...]
    """Causes that show in no environment which a plain installation gives, or only in a lane."""


def ci_matrix(cells: Iterable[TriedCell]) -> CiMatrix:
    """Return the smallest matrix that catches every cause, with the oldest and the newest release that pass.

    What an environment without the target does by itself (Scrapy does not import) is no cause of the target's.
    """
    known = [cell for cell in cells if cell.outcome.asked and not cell.outcome.incomplete]
    known = [cell for cell in known if not cell.outcome.of_environment]
    plain: dict[tuple[str, str], list[TriedCell]] = {}
    for cell in known:
        if cell.environment.profile == PROFILE and _is_plain(cell):
            plain.setdefault((cell.environment.python, cell.environment.scrapy), []).append(cell)
    caught = {place: frozenset(_causes(members)) for place, members in plain.items()}
    chosen = _cover(caught)
    passing = sorted((place for place, causes in caught.items() if not causes), key=_by_release)
    chosen += dict.fromkeys((*passing[:1], *passing[-1:]))
    return CiMatrix(
        environments=tuple(
            CiEnvironment(
                python=python,
                scrapy=scrapy,
                catches=tuple(sorted(caught[python, scrapy])),
                cell=_telling(plain[python, scrapy]).key.id,
            )
            for python, scrapy in sorted(chosen, key=_by_release)
        ),
        uncaught=tuple(sorted(set(_causes(known)).difference(*caught.values()))),
    )


def _is_plain(cell: TriedCell) -> bool:
    """Return whether pytest alone gives the same: nothing is forced upon the suite."""
    return cell.key.scenario in UNFORCED or (cell.key.scenario == LOAD and cell.key.lane == "default")


def _causes(cells: Iterable[TriedCell]) -> list[str]:
    return [
        f"{'import' if cell.key.scenario == LOAD else 'tests'}: {cell.outcome} {cell.mechanism or ''}".rstrip()
        for cell in cells
        if not cell.outcome.works
    ]


def _telling(cells: Sequence[TriedCell]) -> TriedCell:
    return max(cells, key=lambda cell: (not cell.outcome.works, cell.key.scenario in UNFORCED))


def _by_release(place: tuple[str, str]) -> tuple[object, Version]:
    python, scrapy = place
    return natural_key(scrapy), Version(python)


def _cover(caught: Mapping[tuple[str, str], frozenset[str]]) -> list[tuple[str, str]]:
    """Return as few places as a greedy choice finds that have every cause; of equals the newest."""
    left = set().union(*caught.values())
    chosen = []
    while left:
        best = max(caught, key=lambda place: (len(caught[place] & left), _by_release(place)))
        chosen.append(best)
        left -= caught[best]
    return chosen
