"""harness.analysis.ranges: sets of releases as text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.ranges import fold, natural_key, unfold

MINORS = [f"2.{minor}" for minor in range(20)]
LABELS = st.lists(st.text("ab-.2", min_size=1, max_size=4), unique=True, max_size=8)


@given(LABELS, st.data())
def test_unfolding_gives_back_what_was_folded(order: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(order), unique=True)) if order else []
    assert unfold(fold(wanted, order), order) == [label for label in order if label in wanted]


def test_neighbours_in_the_order_become_a_range() -> None:
    assert fold(["2.6", "2.0", "2.1", "2.2", "2.3"], MINORS) == "2.0-2.3, 2.6"
    assert fold(["2.9", "2.10"], MINORS) == "2.9-2.10"
    assert fold([], MINORS) == ""


def test_a_range_is_over_the_order_given_not_over_all_numbers() -> None:
    assert fold(["2.0", "2.5", "2.19"], ["2.0", "2.5", "2.13", "2.19"]) == "2.0-2.5, 2.19"


def test_what_could_be_read_in_two_ways_is_listed() -> None:
    assert fold(["a", "b"], ["a", "b", "a-b"]) == "a, b"


def test_a_label_that_is_not_in_the_order_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2\.99"):
        fold(["2.99"], MINORS)
    with pytest.raises(ValueError, match="neither a label nor a range"):
        unfold("2.0-2.99", MINORS)


def test_versions_sort_as_numbers_and_names_come_last() -> None:
    mixed = ["main", "2.10", "pypy3.11", "2.9", "3.6", "3.15"]
    assert sorted(mixed, key=natural_key) == ["2.9", "2.10", "3.6", "3.15", "main", "pypy3.11"]
