"""What is said of each spider of a project, from cells made by hand."""

from __future__ import annotations

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.model.suite import SuiteReport, SuiteTest
from harness.targets.spider_lines import SpiderLine, SpiderProblem, spider_lines
from harness.targets.tried_cell import TriedCell


def _outcome(message: str) -> str:
    return "skipped" if message.startswith(("it ", "needs ")) else "failed" if message else "passed"


def cell(scrapy: str, rows: dict[str, str], *, python: str = "3.12", lane: str | None = None) -> TriedCell:
    """A cell with rows: an empty message passes, one that begins with `it` or `needs` skips."""
    environment = f"linux-py{python}-scrapy{scrapy}-latest"
    tests = tuple(
        SuiteTest(id=name, outcome=_outcome(message), seconds=0.1, message=message,
                  place="shop/it.py:1" if message else "")
        for name, message in rows.items()
    )  # fmt: skip
    suite = SuiteReport(
        tests=tests, counts={}, seconds=1.0, longest=0.5, reactor_choices=(), notes=(), deprecated=(), network=()
    )
    return TriedCell(
        key=CellKey(environment, lane or "default", "try_spiders_lane" if lane else "try_spiders", "none"),
        environment=EnvironmentId.parse(environment), outcome=Outcome.PASS, mechanism=None, detail=None, suite=suite,
    )  # fmt: skip


def test_a_spider_that_starts_everywhere_has_no_problems_and_comes_last() -> None:
    cells = [cell("2.18.0", {"b": "", "a": ""}), cell("2.19.0", {"b": "gone", "a": ""})]
    gone = SpiderProblem(kind="fails", message="gone", place="shop/it.py:1", scrapy="2.19", python="", lanes=())
    assert spider_lines(cells) == (
        SpiderLine(name="b", starts="2.18", problems=(gone,)),
        SpiderLine(name="a", starts="2.18-2.19", problems=()),
    )


def test_a_python_is_named_where_others_start_it_with_the_same_release() -> None:
    cells = [cell("2.19.0", {"a": ""}), cell("2.19.0", {"a": "no cgi"}, python="3.13")]
    (line,) = spider_lines(cells)
    assert line.starts == ""
    assert [(each.scrapy, each.python) for each in line.problems] == [("2.19", "3.13")]


def test_a_lane_is_named_only_for_what_it_does_beside_the_settings() -> None:
    cells = [
        cell("2.19.0", {"a": "gone", "b": ""}),
        cell("2.19.0", {"a": "gone", "b": "no reactor"}, lane="none-default"),
        cell("2.19.0", {"a": "gone", "b": ""}, lane="asyncio-default"),
    ]
    found = {line.name: [(each.message, each.lanes) for each in line.problems] for line in spider_lines(cells)}
    assert found == {"a": [("gone", ())], "b": [("no reactor", ("none-default",))]}


def test_what_nobody_would_see_comes_first_and_what_was_not_tried_last() -> None:
    rows = {"a": "needs the argument x", "b": "gone", "c": "it sends no request: ...", "d": "", "scrapy list": "gone"}
    found = spider_lines([cell("2.19.0", rows)])
    assert [line.name for line in found] == ["scrapy list", "c", "b", "a", "d"]
    assert [each.kind for line in found for each in line.problems] == ["fails", "silent", "fails", "not tried"]
