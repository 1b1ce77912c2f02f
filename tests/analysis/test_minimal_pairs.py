"""Causes by controlled comparison: what was planted is named and nothing else, whatever a table has gaps."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.analysis.cell_causes import causes_of_cell
from harness.analysis.minimal_pairs import CAUSES, AxisEffect, Point, causes_of_group
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from tests.support.planted_cells import EVERY, PLANTED, seen


def at(text: str) -> CellCoordinates:
    """`python scrapy profile lane scenario helper` on Linux."""
    return CellCoordinates("linux", *text.split())


tables = st.lists(st.sampled_from(EVERY), min_size=2, max_size=80, unique=True)
axes = st.sampled_from(sorted(PLANTED))


@settings(deadline=None)
@given(tables, axes)
def test_of_one_planted_cause_no_other_axis_is_called_a_cause(table: list[CellCoordinates], planted: str) -> None:
    cells = [seen(each, [planted]) for each in table]
    for cell in cells:
        found = causes_of_cell(cell, cells)
        assert {pairs.axis for pairs in found.of(AxisEffect.CAUSE)} <= {planted}
        point = Point.of(cell.at)
        flipped = [other for other in cells if other.outcome != cell.outcome]
        alone = [other for other in flipped if point.differences(Point.of(other.at)) == {planted}]
        assert bool(alone) is bool(found.of(AxisEffect.CAUSE))
        if flipped and not alone:
            assert found.joint
            assert all(planted in each.suspects for each in found.joint)


@settings(deadline=None)
@given(tables, axes, axes)
def test_what_always_moves_with_the_planted_axis_is_named_with_it(
    table: list[CellCoordinates], planted: str, with_it: str
) -> None:
    # A loop cannot always be changed without its reactor, so that no cell would tell these two apart.
    assume(planted != with_it and {planted, with_it} != {"reactor", "loop"})
    good = {axis: PLANTED[axis] for axis in (planted, with_it)}
    tied = [each for each in table if len({getattr(Point.of(each), axis) in good[axis] for axis in good}) == 1]
    cells = [seen(each, [planted]) for each in tied]
    for cell in cells:
        found = causes_of_cell(cell, cells)
        assert found.of(AxisEffect.CAUSE) == ()
        for each in found.joint:
            assert {planted, with_it} <= set(each.suspects)
            assert each.telling


@settings(deadline=None)
@given(axes, axes)
def test_of_two_planted_causes_a_whole_table_names_both_where_both_are_wrong(one: str, other: str) -> None:
    assume(one != other and {one, other} != {"reactor", "loop"})
    cells = [seen(each, [one, other]) for each in EVERY]
    neither = [
        cell for cell in cells if all(getattr(Point.of(cell.at), axis) not in PLANTED[axis] for axis in (one, other))
    ]
    found = causes_of_cell(neither[0], cells)
    assert found.of(AxisEffect.CAUSE) == ()
    assert [({*each.innocent}, each.suspects) for each in found.joint] == [({one, other}, ())]


@settings(deadline=None)
@given(tables, axes)
def test_a_group_has_pairs_that_differ_along_the_planted_axis_only(table: list[CellCoordinates], planted: str) -> None:
    cells = [seen(each, [planted]) for each in table]
    counts = causes_of_group([cell for cell in cells if cell.mechanism == "planted"], cells)
    assert {axis for axis in CAUSES if counts[axis].effect is AxisEffect.CAUSE} <= {planted}


@pytest.mark.parametrize("planted", sorted(PLANTED))
def test_of_a_whole_table_all_axes_but_the_planted_one_are_ruled_out(planted: str) -> None:
    whole = [seen(each, [planted]) for each in EVERY]
    counts = causes_of_group([cell for cell in whole if cell.mechanism is not None], whole)
    assert {axis: counts[axis].effect for axis in CAUSES} == {
        **dict.fromkeys(CAUSES, AxisEffect.RULED_OUT),
        "platform": AxisEffect.NOT_TRIED,
        # No other reactor of the table has the loop with which it fails.
        **({"reactor": AxisEffect.NOT_TRIED} if planted == "loop" else {}),
        planted: AxisEffect.CAUSE,
    }


def test_pairs_are_told_nearest_first_and_untried_values_too() -> None:
    cell = seen(at("3.12 2.5.1 latest epoll callback_pending direct"), ["scrapy"])
    others = [
        seen(at(f"3.12 {scrapy} latest epoll callback_pending direct"), ["scrapy"]) for scrapy in ("2.14.2", "2.13.4")
    ]
    far = seen(at("3.12 2.10.1 era epoll callback_pending direct"), ["scrapy"])
    found = {pairs.axis: pairs for pairs in causes_of_cell(cell, [cell, *others, far]).axes}
    assert [each.at.scrapy for each in found["scrapy"].flips] == ["2.13.4", "2.14.2"]
    assert [each.scrapy for each in found["scrapy"].untried] == ["2.10.1"]
    assert found["profile"].effect is AxisEffect.NOT_TRIED
    assert [each.profile for each in found["profile"].untried] == ["era"]


def test_a_loop_and_a_reactor_are_two_things_and_a_reactor_without_loops_is_on_the_default_one() -> None:
    uvloop = Point.of(at("3.12 2.13.4 latest asyncio-uvloop callback_pending direct"))
    assert uvloop.differences(Point.of(at("3.12 2.13.4 latest asyncio-default callback_pending direct"))) == {"loop"}
    assert uvloop.differences(Point.of(at("3.12 2.13.4 latest epoll callback_pending direct"))) == {"reactor", "loop"}


def test_a_cell_that_was_not_run_or_is_flaky_is_no_half_of_a_pair() -> None:
    cell = seen(at("3.12 2.5.1 latest epoll callback_pending direct"), ["scrapy"])
    others = [
        KnownCell(at("3.12 2.13.4 latest epoll callback_pending direct"), outcome, None, None, None, None)
        for outcome in (Outcome.NOT_RUN, Outcome.FLAKY, Outcome.EXCLUDED)
    ]
    for other in others:
        found = {pairs.axis: pairs for pairs in causes_of_cell(cell, [cell, other]).axes}
        assert found["scrapy"].effect is AxisEffect.NOT_TRIED
        assert [each.scrapy for each in found["scrapy"].untried] == ["2.13.4"]


def test_a_cell_that_is_stopped_earlier_says_nothing_of_what_stops_another() -> None:
    cell = seen(at("3.12 2.5.1 latest epoll callback_pending direct"), ["scrapy"])
    place = at("3.12 2.10.1 latest epoll callback_pending direct")
    for outcome, mechanism in (
        (Outcome.BROKEN, "cannot-import-x"),
        (Outcome.UNINSTALLABLE, None),
        (Outcome.UNSUPPORTED, "helper-missing"),
        (Outcome.MISCONFIGURED, "loop-not-as-asked"),
    ):
        other = KnownCell(place, outcome, mechanism, None, None, None)
        found = {pairs.axis: pairs for pairs in causes_of_cell(cell, [cell, other]).axes}["scrapy"]
        assert (found.effect, found.hidden) == (AxisEffect.NOT_TRIED, (other,))
        assert causes_of_group([cell], [cell, other])["scrapy"].effect is AxisEffect.NOT_TRIED
        # The other way round it does: what stopped that one is not there.
        assert causes_of_group([other], [cell, other])["scrapy"].effect is AxisEffect.CAUSE


def test_a_change_that_was_stopped_by_something_else_is_not_said_to_be_not_enough() -> None:
    cell = seen(at("3.8 2.5.1 latest epoll callback_pending direct"), ["scrapy"])
    passing = seen(at("3.12 2.14.2 latest epoll callback_pending direct"), ["scrapy"])
    place = at("3.12 2.5.1 latest epoll callback_pending direct")
    stopped = KnownCell(place, Outcome.BROKEN, "cannot-import-x", None, None, None)
    (joint,) = causes_of_cell(cell, [cell, passing, stopped]).joint
    assert (joint.suspects, joint.innocent) == (("scrapy", "python"), ())
    assert [each.scrapy for each in joint.telling] == ["2.14.2"]
