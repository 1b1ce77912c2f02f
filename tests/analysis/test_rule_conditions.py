"""harness.analysis.rule_conditions: rules are bounded by causes, and by what cannot be told apart from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.analysis.minimal_pairs import AxisEffect, Point
from harness.analysis.rule_conditions import RuleCondition
from harness.analysis.rules import Conclusion, Explanation, explain
from harness.model.known_cells import AXES, CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.render.text.explain import rules_lines
from tests.support.planted_cells import EVERY, PLANTED, seen

tables = st.lists(st.sampled_from(EVERY), min_size=2, max_size=80, unique=True)
axes = st.sampled_from(sorted(PLANTED))


EXCERPT = Path(__file__).with_name("default_run_excerpt.txt")


def excerpt() -> list[KnownCell]:
    cells = []
    for line in EXCERPT.read_text(encoding="utf-8").splitlines()[1:]:
        what, _, places = line.partition(": ")
        outcome, mechanism, scenario, helper, lanes = what.split()
        for place in places.split():
            for lane in lanes.split(","):
                at = CellCoordinates("linux", *place.split("-"), lane, scenario, helper)
                said = None if mechanism == "-" else mechanism
                cells.append(KnownCell(at, Outcome(outcome), said, None, None, None))
    return cells


def named(found: Explanation) -> list[tuple[str, ...]]:
    return [condition.axes for rule in found.rules for condition in rule.conditions]


def is_right(found: Explanation, cells: list[KnownCell]) -> bool:
    return all(found.says(cell) == Conclusion(*cell[1:3]) for cell in cells)


def keeps_out(found: Explanation, place: int, condition: RuleCondition, cells: list[KnownCell]) -> bool:
    """Whether a rule without the condition would say of some cell what is not so."""
    rule = found.rules[place]
    axis = {"reactor": "lane", "loop": "lane"}.get(condition.axes[0], condition.axes[0])
    wider = [values for name, values in zip(AXES, rule.block.values, strict=True) if name != axis]

    def inside(cell: KnownCell, wanted: Sequence[Collection[str]], names: Sequence[str]) -> bool:
        return all(getattr(cell.at, name) in values for name, values in zip(names, wanted, strict=True))

    return any(
        inside(cell, wider, [name for name in AXES if name != axis])
        and Conclusion(*cell[1:3]) != rule.said
        and not any(inside(cell, later.block.values, AXES) for later in found.rules[place + 1 :])
        for cell in cells
    )


@settings(deadline=None, max_examples=300)
@given(tables, axes)
def test_of_one_planted_cause_no_other_axis_bounds_a_rule(table: list[CellCoordinates], planted: str) -> None:
    cells = [seen(each, [planted]) for each in table]
    found = explain(cells)
    assert is_right(found, cells)
    for rule in found.rules:
        for condition in rule.conditions:
            assert planted in condition.axes
            assert (condition.effect is AxisEffect.CAUSE) is bool(condition.pairs)
            assert condition.pairs == 0 or condition.axes == (planted,)


@settings(deadline=None, max_examples=300)
@given(tables, axes, axes)
def test_what_always_moves_with_the_planted_axis_bounds_a_rule_with_it(
    table: list[CellCoordinates], planted: str, with_it: str
) -> None:
    assume(planted != with_it)
    good = {axis: PLANTED[axis] for axis in (planted, with_it)}
    tied = [each for each in table if len({getattr(Point.of(each), axis) in good[axis] for axis in good}) == 1]
    cells = [seen(each, [planted]) for each in tied]
    found = explain(cells)
    assert is_right(found, cells)
    for rule in found.rules:
        for condition in rule.conditions:
            assert {planted, with_it} <= set(condition.axes)
            assert (condition.effect, condition.pairs) == (AxisEffect.NOT_TOLD_APART, 0)


@settings(deadline=None)
@given(axes, axes)
def test_of_two_planted_causes_a_whole_table_names_both_and_no_other(one: str, other: str) -> None:
    assume({one, other} != {"reactor", "loop"})
    cells = [seen(each, [one, other]) for each in EVERY]
    found = explain(cells)
    assert is_right(found, cells)
    assert {axis for each in named(found) for axis in each} == {one, other}
    assert all(condition.effect is AxisEffect.CAUSE for rule in found.rules for condition in rule.conditions)


@settings(deadline=None, max_examples=300)
@given(tables, axes, axes)
def test_of_two_planted_causes_what_names_neither_is_not_called_a_cause(
    table: list[CellCoordinates], one: str, other: str
) -> None:
    cells = [seen(each, [one, other]) for each in table]
    found = explain(cells)
    assert is_right(found, cells)
    for place, rule in enumerate(found.rules):
        for condition in rule.conditions:
            if not {one, other} & set(condition.axes):
                assert condition.effect is not AxisEffect.CAUSE
                # The cells of a rule need not fill a box: then it is the only one that keeps others out.
                assert condition.effect is not AxisEffect.RULED_OUT or keeps_out(found, place, condition, cells)


def test_of_a_real_run_a_missing_helper_is_put_down_to_scrapy_and_a_bad_yield_to_reactor_and_helper() -> None:
    cells = excerpt()
    found = explain(cells)
    assert is_right(found, cells)
    shown = {
        rule.said.mechanism: {each.axes for each in rule.conditions if each.effect is AxisEffect.CAUSE}
        for rule in found.rules
    }
    assert shown["helper-missing"] == {("helper",), ("scrapy",)}
    assert shown["task-got-bad-yield"] == {("helper",), ("reactor",)}
    assert not {("python",), ("profile",)} & set(named(found))


def test_of_a_real_run_what_moves_together_is_named_together_and_every_condition_has_its_pairs() -> None:
    cells = [cell for cell in excerpt() if cell.at.scenario != "spider_start"]
    found = explain(cells)
    text = "\n".join(rules_lines(found, cells))
    assert (
        "fail/no-event-loop: Scrapy 2.12-2.19 or Python 3.12 (not told apart) · reactor default · await_streams" in text
    )
    causes = [each for rule in found.rules for each in rule.conditions if each.effect is AxisEffect.CAUSE]
    assert ("helper",) in {each.axes for each in causes}
    assert all(each.pairs for each in causes)
