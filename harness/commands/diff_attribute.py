"""What `diff --attribute` does: exchanges the packages of one run for those of the other, for one cell of a range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.change_factors import FactorKind, RunSide
from harness.analysis.package_changes import PYTHON_BUILD, PackageChange
from harness.analysis.run_diff import ChangedRange, Diff
from harness.experiments.change_exchange import ExchangedChange, ExchangeVerdict, exchange_change
from harness.experiments.exchange_lab import LabExchange
from harness.experiments.lab import open_lab
from harness.infra.platforms import current_platform
from harness.interpreters.search import find_interpreters
from harness.model.known_cells import CellCoordinates
from harness.workspace import Workspace, load_workspace

ATTRIBUTED = 4
"""Ranges of which a cell is run, those first in which most cells changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeOptions:
    """What `diff --attribute` was asked for."""

    matrix: Path | None
    deadline: float


def attribute_ranges(
    diff: Diff, before: RunSide, after: RunSide, options: AttributeOptions
) -> tuple[ExchangedChange, ...]:
    """Return what the exchange of packages gives for the largest ranges that packages may have changed.

    Raises `HarnessError`.
    """
    open_ranges = sorted(filter(_is_open, diff.ranges), key=lambda found: -found.cells)
    return tuple(_measured(found, before, after, options) for found in open_ranges[:ATTRIBUTED])


def _is_open(found: ChangedRange) -> bool:
    """Return whether packages are among what may have changed a range, and nothing tells whether they did."""
    return found.cause is not None and found.cause.open and any(_packages(found))


def _packages(found: ChangedRange) -> Iterator[str]:
    factors = () if found.cause is None else found.cause.factors
    yield from (each.name for each in factors if each.kind is FactorKind.PACKAGE)


def _measured(found: ChangedRange, before: RunSide, after: RunSide, options: AttributeOptions) -> ExchangedChange:
    at = found.example
    loaded = load_workspace(options.matrix)
    interpreters = find_interpreters([at.python])
    planned = loaded.planned_cell(at.key) if _is_known(loaded, at) else None
    its, mine = (_versions(side, at.key.environment) for side in (before, after))
    reason = _obstacle(found, its, mine) or interpreters.missing.get(at.python)
    if reason is None and planned is None:
        reason = "the matrix of today does not run this cell"
    if reason is not None or planned is None or found.before is None or found.after is None:
        return ExchangedChange(cell=at, verdict=ExchangeVerdict.NOT_MEASURED, detail=reason)
    with open_lab(loaded.spec, loaded.scenarios, interpreters, deadline=options.deadline) as lab:
        exchange = LabExchange(planned=planned, lab=lab, mine=mine, its=its)
        packages = [PackageChange(name, its.get(name), mine.get(name)) for name in exchange.packages]
        return exchange_change(at, found.before[:2], found.after[:2], packages, exchange.trial)


def _is_known(loaded: Workspace, at: CellCoordinates) -> bool:
    return at.scrapy in loaded.known.scrapys and at.scenario in loaded.scenarios


def _obstacle(found: ChangedRange, its: Mapping[str, str], mine: Mapping[str, str]) -> str | None:
    """Return why an exchange of packages cannot tell what changed a range; None: it can."""
    at = found.example
    if at.platform != current_platform():
        return f"this machine does not run cells of {at.platform}"
    if found.before is None or found.after is None or found.before[:2] == found.after[:2]:
        return "only reactor or loop changed, which an exchange does not compare"
    if not any(mine.get(name) != version for name, version in its.items()):
        return f"what changed is added for the lane: scrapy-compat bisect --axis {next(_packages(found))}"
    return None


def _versions(side: RunSide, environment: str) -> Mapping[str, str]:
    return {name: version for name, version in side.versions[environment].items() if name != PYTHON_BUILD}
