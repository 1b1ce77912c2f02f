"""harness.analysis.rules: the rules reproduce the table, whatever it is, and are few."""

from __future__ import annotations

import time

from hypothesis import given, settings

from harness.analysis.rules import Conclusion, Explanation, explain
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome
from tests.support.known_cells import EVERY, known, runs
from tests.support.synthetic import make_plan
from tests.support.views import view_of


def wrong(found: Explanation, cells: list[KnownCell]) -> list[KnownCell]:
    return [cell for cell in cells if cell.outcome.judged and found.says(cell) != Conclusion(*cell[1:3])]


@settings(deadline=None, max_examples=60)
@given(runs)
def test_rules_reproduce_every_judged_cell(cells: list[KnownCell]) -> None:
    found = explain(cells)
    assert wrong(found, cells) == []
    assert sum(rule.support for rule in found.rules) == found.judged
    assert found.judged + sum(found.not_judged.values()) == len(cells)


def test_a_rule_of_thumb_with_an_exception_is_found_as_such() -> None:
    cells = [
        known(at, Outcome.FAIL, "task-got-bad-yield")
        if at.helper == "direct" and at.lane != "epoll" and at.scenario == "callback_pending"
        else known(at, Outcome.PASS)
        for at in EVERY
    ]
    general, exception = explain(cells).rules
    assert (general.said.outcome, general.exceptions, general.excepted_by) == (Outcome.PASS, exception.support, (1,))
    assert exception.said.mechanism == "task-got-bad-yield"
    assert exception.block.values[4:] == (("asyncio-default", "none-default"), ("callback_pending",), ("direct",))


def test_releases_are_told_as_one_range() -> None:
    cells = [known(at, Outcome.FAIL if at.scrapy != "2.13.4" else Outcome.PASS) for at in EVERY]
    for rule in explain(cells).rules:
        assert rule.block.of("scrapy") in {("2.5.1", "2.13.4", "2.19.0"), ("2.5.1",), ("2.19.0",)}


def test_nothing_is_explained_by_no_rules() -> None:
    assert explain([]).rules == ()


def test_the_same_table_gives_the_same_rules_every_time_and_soon_enough() -> None:
    cells = list(view_of(make_plan(60_000)).known())
    start = time.process_time()
    found = explain(cells)
    assert time.process_time() - start < 20
    assert wrong(found, cells[::17]) == []
    assert len(found.rules) < 40
    assert found.rules == explain(cells).rules


def test_a_table_with_thousands_of_odd_cells_is_reproduced_too() -> None:
    cells = list(view_of(make_plan(30_000)).known())
    odd = [cell._replace(mechanism=f"odd-{place % 7}") if place % 89 == 0 else cell for place, cell in enumerate(cells)]
    assert wrong(explain(odd), odd[::89]) == []
