"""What stored runs tell of an axis: the two nearest values of which a cell passes with one and not with the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from packaging.version import InvalidVersion, Version

from harness.analysis.minimal_pairs import Result, is_result
from harness.environments.lockfiles import normalise
from harness.experiments.any_release import PYTHON, SCRAPY
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEnd:
    """What a stored run has of a cell with one value of an axis."""

    label: str
    result: Result
    run: str
    """In words: `run 20261128T213059Z-7cf75f`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPair:
    """Two values of an axis, in its order: a cell passes with one of them and not with the other."""

    first: StoredEnd
    last: StoredEnd


def ends_along(
    axis: str, cell: CellKey, known: Iterable[KnownCell], versions: Mapping[str, Mapping[str, str]]
) -> dict[CellCoordinates, tuple[str, Result]]:
    """Return by cell the value of `axis` and the result of the cells that differ from `cell` on it alone.

    `versions` has the packages of environments. Two environments of the same Scrapy and Python differ in one package
    alone where all others are the same.
    """
    own = CellCoordinates.of(cell)
    found: dict[CellCoordinates, tuple[str, Result]] = {}
    for each in known:
        label = _label(axis, own, each.at, versions)
        if label is not None and is_result(each):
            found[each.at] = label, (each.outcome, each.mechanism)
    return found


def installed(environments: Mapping[str, EnvironmentResult]) -> dict[str, dict[str, str]]:
    """Return the versions of each environment by normalised package name."""
    return {
        name: {normalise(package): version for package, version in environment.versions.items()}
        for name, environment in environments.items()
    }


def narrowest_pair(labels: Sequence[str], ends: Iterable[StoredEnd], own: Result | None) -> StoredPair | None:
    """Return the nearest two of `ends` of which one passes and the other does not, in the order of `labels`.

    Pairs with the result of the cell itself, `own`, come first; then what is nearest; then what is newest. None where
    there is no such pair.
    """
    placed = {place: end for end in ends if (place := place_of(labels, end.label)) is not None}
    pairs = [
        (own in (placed[first].result, placed[last].result), first - last, last)
        for first, last in pairwise(sorted(placed))
        if (placed[first].result[0] is Outcome.PASS) is not (placed[last].result[0] is Outcome.PASS)
    ]
    if not pairs:
        return None
    _, gap, last = max(pairs)
    return StoredPair(first=placed[last + gap], last=placed[last])


def place_of(labels: Sequence[str], wanted: str) -> int | None:
    """Return where a value is on an axis, however its version is written; None where it is not there."""
    for place, label in enumerate(labels):
        try:
            if label == wanted or Version(label) == Version(wanted):
                return place
        except InvalidVersion:
            continue
    return None


def _label(
    axis: str, own: CellCoordinates, at: CellCoordinates, versions: Mapping[str, Mapping[str, str]]
) -> str | None:
    """Return the value on `axis` of a cell that differs on it alone; None where it differs elsewhere."""
    if axis in {SCRAPY, PYTHON}:
        return getattr(at, axis) if at._replace(**{axis: getattr(own, axis)}) == own else None
    if at._replace(profile=own.profile) != own:
        return None
    package = normalise(axis)
    mine, its = (versions.get(each.key.environment, {}) for each in (own, at))
    others = [{name: version for name, version in each.items() if name != package} for each in (mine, its)]
    return its.get(package) if others[0] == others[1] else None
