"""What differs between two runs: classes of change, folded into ranges, with the packages that differ beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TypeAlias

from harness.analysis.attribution import Attribution, Attributor, CellState, ShownPair, joined_causes
from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.analysis.change_factors import RunSide
from harness.analysis.package_changes import PYTHON_BUILD, PackageChange, package_changes, python_version
from harness.model.ids import EnvironmentId
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome


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
    cause: Attribution | None
    """None: one side is no run."""
    pair: ShownPair | None
    """What shows the cause of the first cell of which a pair does."""
    example: CellCoordinates
    """The first of the cells."""


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


_Group: TypeAlias = "tuple[Change, CellState | None, CellState | None, tuple[object, ...] | None]"


def compare(before: RunSide, after: RunSide) -> Diff:
    """Return the changes from one run to another, with what they are attributed to where both are runs."""
    shared: dict[CellState, CellState] = {}
    old = {cell.at: shared.setdefault(state := _state(cell), state) for cell in before.cells}
    new = {cell.at: shared.setdefault(state := _state(cell), state) for cell in after.cells}
    changes = {at: _change(old.get(at), state) for at, state in new.items() if old.get(at) != state}
    changes |= {at: (Change.GONE, None, None) for at in old if at not in new}
    attributor = Attributor(before, after, old, new)
    causes: dict[CellCoordinates, Attribution] = {}
    groups: dict[_Group, list[CellCoordinates]] = {}
    for at, change in changes.items():
        if (cause := attributor.of_cell(at)) is not None:
            causes[at] = cause
        groups.setdefault((*change, None if cause is None else cause.likeness), []).append(at)
    union = [*old, *(at for at in new if at not in old)]
    axes = AxisValues.of(union)
    grid = CellGrid(union, axes.orders)
    packages = _packages(before.versions, after.versions)
    environments = [_environment(name) for name in dict.fromkeys((*before.versions, *after.versions))]
    environment_grid = CellGrid(environments, axes.orders | {"lane": ("",), "scenario": ("",), "helper": ("",)})
    return Diff(
        ranges=tuple(_ranges(groups, grid, packages, causes, attributor.pairs)),
        packages=tuple(_package_ranges(packages, environment_grid)),
        equal=len(union) - len(changes),
        grid=grid,
        environments=environment_grid,
        axes=axes,
    )


def _change(before: CellState | None, after: CellState) -> tuple[Change, CellState | None, CellState | None]:
    if before is None:
        return Change.NEW, None, None
    if before[:2] != after[:2]:
        return _class(before.outcome, after.outcome), CellState(*before[:2]), CellState(*after[:2])
    return Change.FACTS, before, after


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
    groups: Mapping[_Group, list[CellCoordinates]],
    grid: CellGrid,
    packages: Mapping[str, frozenset[PackageChange]],
    causes: Mapping[CellCoordinates, Attribution],
    pairs: Mapping[CellCoordinates, ShownPair],
) -> list[ChangedRange]:
    found = []
    for (change, before, after, likeness), cells in groups.items():
        for block in grid.fold(cells):
            inside = grid.unfold(block)
            cause = None if likeness is None else joined_causes(causes[cell] for cell in inside)
            names = {EnvironmentId(*cell[:4]).id for cell in inside}
            common = frozenset.intersection(*(packages.get(name, frozenset()) for name in names))
            found.append(
                ChangedRange(
                    change=change, before=before, after=after, block=block, cells=len(inside),
                    packages=tuple(sorted(common, key=str)), cause=cause,
                    pair=next((pairs[cell] for cell in inside if cell in pairs), None),
                    example=inside[0],
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
    return text if package != PYTHON_BUILD or text is None else python_version(text)


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
