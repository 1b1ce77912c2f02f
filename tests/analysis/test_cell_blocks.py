"""harness.analysis.cell_blocks: blocks stand for exactly the cells that were folded."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.model.known_cells import AXES as NAMES
from harness.model.known_cells import CellCoordinates

AXES = (("linux",), ("3.8", "3.12"), ("2.5", "2.13", "2.19"), ("latest",), ("epoll", "none"), ("a", "b"), ("x", "y"))
EVERY = [CellCoordinates(*values) for values in product(*AXES)]


@settings(deadline=None)
@given(st.sets(st.sampled_from(EVERY)), st.sets(st.sampled_from(EVERY)))
def test_unfolding_what_was_folded_gives_the_same_cells_each_once(
    some: set[CellCoordinates], more: set[CellCoordinates]
) -> None:
    grid = CellGrid(sorted(some | more))
    found = [cell for block in grid.fold(some) for cell in grid.unfold(block)]
    assert sorted(found) == sorted(some)


def test_what_does_not_exist_keeps_no_block_apart() -> None:
    universe = [cell for cell in EVERY if (cell.python, cell.scrapy) != ("3.8", "2.19")]
    grid = CellGrid(universe)
    (block,) = grid.fold([cell for cell in universe if cell.lane == "none"])
    assert block == CellBlock((*AXES[:4], ("none",), *AXES[5:]))


def test_large_blocks_come_first_and_nothing_folds_to_nothing() -> None:
    grid = CellGrid(EVERY)
    assert grid.fold([]) == []
    blocks = grid.fold([cell for cell in EVERY if cell.lane == "none" or cell[1:3] == ("3.8", "2.5")])
    assert [len(grid.unfold(block)) for block in blocks] == [24, 4]


def bounded(grid: CellGrid, block: CellBlock, axes: set[str]) -> set[CellCoordinates]:
    """The cells of the grid that have the block's values on some axes."""
    values = (block.of(axis) if axis in axes else order for axis, order in zip(NAMES, grid.orders, strict=True))
    return set(grid.unfold(CellBlock(tuple(map(tuple, values)))))


@settings(deadline=None)
@given(st.sets(st.sampled_from(EVERY)), st.sets(st.sampled_from(EVERY)))
def test_whatever_stands_for_a_bound_what_is_told_of_a_block_is_just_its_cells(
    some: set[CellCoordinates], more: set[CellCoordinates]
) -> None:
    grid = CellGrid(sorted(some | more))
    for block in grid.fold(some):
        groups = grid.bounding(block)
        first: list[str] = [group[0] for group in groups]
        for place, group in enumerate(groups):
            for axis in group:
                axes = {*first[:place], axis, *first[place + 1 :]}
                assert bounded(grid, block, axes) == set(grid.unfold(block))


@settings(deadline=None)
@given(st.sets(st.sampled_from(EVERY)), st.sets(st.sampled_from(EVERY)))
def test_nothing_stands_for_an_axis_along_which_a_cell_lies_just_outside(
    some: set[CellCoordinates], more: set[CellCoordinates]
) -> None:
    universe = some | more
    grid = CellGrid(sorted(universe))
    for block in grid.fold(some):
        inside = set(grid.unfold(block))
        near = {
            axis
            for place, axis in enumerate(NAMES)
            for cell in universe - inside
            if any(cell[:place] + cell[place + 1 :] == each[:place] + each[place + 1 :] for each in inside)
        }
        alone = {group[0] for group in grid.bounding(block) if len(group) == 1}
        assert near <= alone


def test_axes_that_bound_the_same_are_told_together() -> None:
    grid = CellGrid([cell for cell in EVERY if (cell.python == "3.8") is (cell.scrapy == "2.5")])
    (block,) = grid.fold([cell for cell in grid.unfold(CellBlock(AXES)) if cell.scrapy == "2.5"])
    assert grid.bounding(block) == [("scrapy", "python")] or grid.bounding(block) == [("python", "scrapy")]
