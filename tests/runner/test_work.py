"""Batches: dealt out to processes, taken apart, and lanes compared with facts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.model.result import Facts
from harness.runner.work import Batch, LaneSpec, dealt, each_alone

EPOLL = LaneSpec(name="epoll", settings={"A": None}, reactorless=False, reactor=("e.EPoll",), loop=())

batches = st.lists(st.integers(1, 4), max_size=9).map(
    lambda sizes: tuple(
        Batch(number=number, lane=EPOLL, path=(), cells=tuple((f"s{number}", f"h{n}") for n in range(size)))
        for number, size in enumerate(sizes)
    )
)


@given(batches, st.integers(1, 5))
def test_dealing_out_keeps_every_cell_once_and_numbers_each_part_from_zero(
    found: tuple[Batch, ...], parts: int
) -> None:
    hands = dealt(found, parts)
    assert len(hands) <= parts
    assert all(hand and [batch.number for batch in hand] == list(range(len(hand))) for hand in hands)
    assert sorted(cell for hand in hands for batch in hand for cell in batch.cells) == sorted(
        cell for batch in found for cell in batch.cells
    )


@given(batches)
def test_taken_apart_every_cell_is_a_batch(found: tuple[Batch, ...]) -> None:
    alone = each_alone(found)
    assert [batch.number for batch in alone] == list(range(len(alone)))
    assert [batch.cells[0] for batch in alone] == [cell for batch in found for cell in batch.cells]
    assert all(len(batch.cells) == 1 for batch in alone)


def test_facts_are_compared_with_what_the_lane_asks_for() -> None:
    right = Facts(reactor="e.EPoll", loop=None, policy="p")
    assert EPOLL.mismatch(right) is None
    assert EPOLL.mismatch(Facts(reactor="s.Select", loop=None, policy=None)) == (
        "reactor-not-as-asked",
        "epoll asks for e.EPoll, the process ran on s.Select",
    )
    assert EPOLL.mismatch(Facts(reactor="e.EPoll", loop="l.Loop", policy=None)) == (
        "loop-not-as-asked",
        "epoll asks for no loop, the process ran on l.Loop",
    )
    assert replace(EPOLL, loop=None).mismatch(Facts(reactor="e.EPoll", loop="l.Loop", policy=None)) is None


def test_no_reactor_is_not_any_reactor() -> None:
    none = replace(EPOLL, name="none-default", reactor=(), loop=None)
    mismatch = none.mismatch(Facts(reactor="e.EPoll", loop=None, policy=None))
    assert mismatch == ("reactor-not-as-asked", "none-default asks for no reactor, the process ran on e.EPoll")
