"""What differs between two runs: classes of change, folded into ranges, with the packages that differ beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.package_changes import PackageChange, package_changes
from harness.model.ids import EnvironmentId
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome

_OF_BUILD = (re.compile(r"\d+\.\d+\.\d+\S*"), re.compile(r"PyPy \S+"))
"""The version of the language, which stands first, and that of PyPy."""


class Change(Enum):
    """How one cell differs between two runs."""

    REGRESSED = "regressed"
    FIXED = "fixed"
    MECHANISM = "changed mechanism"
    """It did not pass before and does not now, and does so in another way."""
    UNRUNNABLE = "newly unrunnable"
    RUNNABLE = "newly runnable"
    NEW = "new"
    GONE = "gone"
    """Only the first run has it; what became of a cell that is no longer asked for is no regression."""
    FACTS = "changed facts only"
    """The outcome is the same, on another reactor or loop."""


class CellState(NamedTuple):
    """What is compared of a cell; facts stand in it only where they are all that differs."""

    outcome: Outcome
    mechanism: str | None
    reactor: str | None = None
    loop: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSide:
    """One of the two runs that are compared."""

    name: str
    cells: Iterable[KnownCell]
    versions: Mapping[str, Mapping[str, str]]
    """Installed versions by package, by environment; empty where nothing was installed."""
    plan: str = ""
    """Of which plan it is a run; empty where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRange:
    """Cells that changed in one and the same way."""

    change: Change
    before: CellState | None
    """None, as `after`: the cells are new or gone, whatever their outcomes."""
    after: CellState | None
    block: CellBlock
    cells: int
    packages: tuple[PackageChange, ...]
    """Packages that differ in every environment of the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRange:
    """Environments in which one package differs in one and the same way."""

    package: PackageChange
    block: CellBlock
    environments: int


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Everything that differs between two runs."""

    ranges: tuple[ChangedRange, ...]
    """In the order of `Change`, those with many cells first."""
    packages: tuple[PackageRange, ...]
    equal: int
    """Cells that are the same in both."""
    grid: CellGrid
    """The cells of both; unfolds the blocks of `ranges`."""
    environments: CellGrid
    """The environments of both, as cells without lane, scenario and helper; unfolds the blocks of `packages`."""
    axes: AxisValues

    @cached_property
    def counts(self) -> Counter[Change]:
        """Number of cells by change, in the order of `Change`."""
        counts: Counter[Change] = Counter()
        for found in self.ranges:
            counts[found.change] += found.cells
        return counts


def compare(before: RunSide, after: RunSide) -> Diff:
    """Return the changes from one run to another."""
    shared: dict[CellState, CellState] = {}
    first = {cell.at: shared.setdefault(state := _state(cell), state) for cell in before.cells}
    union = list(first)
    groups: dict[tuple[Change, CellState | None, CellState | None], list[CellCoordinates]] = {}
    for cell in after.cells:
        old = first.pop(cell.at, None)
        if old is None:
            union.append(cell.at)
        found = _change(old, _state(cell))
        if found is not None:
            groups.setdefault(found, []).append(cell.at)
    if first:
        groups[Change.GONE, None, None] = list(first)
    axes = AxisValues.of(union)
    grid = CellGrid(union, axes.orders)
    packages = _packages(before.versions, after.versions)
    environments = [_environment(name) for name in dict.fromkeys((*before.versions, *after.versions))]
    environment_grid = CellGrid(environments, axes.orders | {"lane": ("",), "scenario": ("",), "helper": ("",)})
    return Diff(
        ranges=tuple(_ranges(groups, grid, packages)),
        packages=tuple(_package_ranges(packages, environment_grid)),
        equal=len(union) - sum(map(len, groups.values())),
        grid=grid,
        environments=environment_grid,
        axes=axes,
    )


def _change(before: CellState | None, after: CellState) -> tuple[Change, CellState | None, CellState | None] | None:
    if before is None:
        return Change.NEW, None, None
    if before[:2] != after[:2]:
        return _class(before.outcome, after.outcome), CellState(*before[:2]), CellState(*after[:2])
    return None if before == after else (Change.FACTS, before, after)


def _class(before: Outcome, after: Outcome) -> Change:
    """Return the class of two cells that differ in outcome or mechanism."""
    if before.started != after.started:
        return Change.RUNNABLE if after.started else Change.UNRUNNABLE
    if Outcome.PASS in {before, after}:
        return Change.FIXED if after == Outcome.PASS else Change.REGRESSED
    return Change.MECHANISM


def _state(cell: KnownCell) -> CellState:
    return CellState._make((*cell[1:3], *cell[4:]))


def _ranges(
    groups: Mapping[tuple[Change, CellState | None, CellState | None], list[CellCoordinates]],
    grid: CellGrid,
    packages: Mapping[str, frozenset[PackageChange]],
) -> list[ChangedRange]:
    found = []
    for (change, before, after), cells in groups.items():
        for block in grid.fold(cells):
            inside = grid.unfold(block)
            names = {EnvironmentId(*cell[:4]).id for cell in inside}
            common = frozenset.intersection(*(packages.get(name, frozenset()) for name in names))
            found.append(
                ChangedRange(
                    change=change, before=before, after=after, block=block, cells=len(inside),
                    packages=tuple(sorted(common, key=str)),
                )
            )  # fmt: skip
    order = list(Change)
    return sorted(found, key=lambda each: (order.index(each.change), -each.cells, str(each)))


def _packages(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> dict[str, frozenset[PackageChange]]:
    """Return what differs in each environment that both runs could install."""
    found = {}
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        if old and new and old != new:
            found[name] = frozenset(
                change
                for change in package_changes(old, new, left_out=())
                if _version(change.package, change.before) != _version(change.package, change.after)
            )
    return found


def _version(package: str, text: str | None) -> str | None:
    """Return what is compared of a version: of a build of Python not when and with what it was built."""
    if package != "python_build" or text is None:
        return text
    return " ".join(found[0] for each in _OF_BUILD if (found := each.search(text))) or text


def _package_ranges(packages: Mapping[str, frozenset[PackageChange]], grid: CellGrid) -> list[PackageRange]:
    groups: dict[PackageChange, list[CellCoordinates]] = {}
    for name in sorted(packages):
        for change in packages[name]:
            groups.setdefault(change, []).append(_environment(name))
    found = [
        PackageRange(package=change, block=block, environments=len(grid.unfold(block)))
        for change, cells in groups.items()
        for block in grid.fold(cells)
    ]
    return sorted(found, key=lambda each: (-each.environments, str(each)))


def _environment(name: str) -> CellCoordinates:
    return CellCoordinates(*EnvironmentId.parse(name), "", "", "")
