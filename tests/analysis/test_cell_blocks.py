"""harness.analysis.cell_blocks: blocks stand for exactly the cells that were folded."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.cell_blocks import CellBlock, CellGrid
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
