"""The answer of a target's cells: synthetic cells, so that each sentence has its cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.model.suite import SuiteReport, SuiteTest
from harness.render.target_words import cause_place, sections
from harness.targets.checks import LOAD
from harness.targets.target_answer import answer
from harness.targets.tried_cell import AS_IS, TriedCell

LANES = ("default", "asyncio-default", "none-default")


def cells(
    scrapy: str, python: str = "3.12", plain: Outcome = Outcome.PASS, profile: str = "latest", **lanes: Outcome
) -> Iterable[TriedCell]:
    environment = f"linux-py{python}-scrapy{scrapy}-{profile}"

    def cell(lane: str, check: str, outcome: Outcome) -> TriedCell:
        bad = outcome not in {Outcome.PASS, Outcome.UNSUPPORTED}
        return TriedCell(
            key=CellKey(environment, lane, f"try_{check}", "none"),
            environment=EnvironmentId.parse(environment),
            outcome=outcome,
            mechanism="raised-value-error" if bad else None,
            detail="1 fail: t" if bad else None,
            suite=suite("failed") if outcome is Outcome.FAIL else None,
        )

    yield cell("default", "plain", plain)
    for lane in LANES:
        outcome = lanes.get(lane.partition("-")[0], Outcome.UNSUPPORTED if lane.startswith("none") else Outcome.PASS)
        yield cell(lane, "load", Outcome.PASS)
        yield cell(lane, "suite", outcome)


def suite(outcome: str, deprecated: tuple[tuple[str, str], ...] = ()) -> SuiteReport:
    tests = tuple(
        SuiteTest(
            id=f"tests/test_it.py::{name}", outcome=outcome, seconds=seconds, message="ValueError: no", place="it.py:3"
        )
        for name, seconds in (("test_long", 2.0), ("test_short", 0.1))
    )
    return SuiteReport(
        tests=tests, counts={outcome: 2}, seconds=2.1, longest=2.0, reactor_choices=(), notes=("noted",),
        deprecated=deprecated, network=("example.org",),
    )  # fmt: skip


def test_where_everything_passes_the_ranges_are_said_and_there_is_no_cause() -> None:
    found = answer([*cells("2.13.4"), *cells("2.14.2")], ["it"])
    assert (found.works, found.pythons, found.asked) == ("2.13-2.14", "3.12", "Scrapy 2.13-2.14, Python 3.12")
    assert found.lanes == ("default", "asyncio-default")
    assert found.causes == ()
    assert [row.scrapy for row in found.table] == ["2.13-2.14"]


def test_a_suite_that_cannot_be_asked_in_a_lane_is_not_worked_there_because_its_import_is() -> None:
    found = answer([*cells("2.19.0")], ["it"])
    assert "none-default" not in {*found.lanes, *found.unproven, *found.failing}
    assert found.table[0].lanes == {
        AS_IS: Outcome.PASS,
        "default": Outcome.PASS,
        "asyncio-default": Outcome.PASS,
        "none-default": Outcome.UNSUPPORTED,
    }


def test_a_python_on_which_nothing_works_says_nothing_of_releases() -> None:
    found = answer(
        [
            *cells("2.13.4"),
            *cells("2.14.2"),
            *cells("2.13.4", "3.13", Outcome.FAIL),
            *cells("2.14.2", "3.13", Outcome.FAIL),
        ],
        ["it"],
    )
    assert (found.works, found.pythons) == ("2.13-2.14", "3.12")
    assert found.causes[0].python == "3.13"


def test_a_release_that_fails_on_a_python_on_which_others_work_does_not_work() -> None:
    found = answer([*cells("2.13.4"), *cells("2.14.2", plain=Outcome.FAIL, default=Outcome.FAIL)], ["it"])
    assert found.works == "2.13"
    (cause,) = found.causes
    assert (cause.cells, cause.scrapy, cause.lanes) == (2, "2.14", (AS_IS, "default"))
    assert (cause.test, cause.place) == ("tests/test_it.py::test_short", "it.py:3")


def test_a_lane_in_which_no_test_ran_the_reactor_is_told_apart_from_one_in_which_they_pass() -> None:
    found = answer([*cells("2.13.4", asyncio=Outcome.NOT_EXERCISED, default=Outcome.FAIL)], ["it"])
    assert (found.lanes, found.unproven, found.failing) == ((), ("asyncio-default",), ("default",))


def test_warnings_count_where_their_line_is_the_targets_own() -> None:
    warned = suite(
        "passed",
        (
            ("<environment>/lib/python3.12/site-packages/it/core.py:7", "start_requests is deprecated"),
            ("<environment>/lib/python3.12/site-packages/twisted/web/http.py:1", "cgi is deprecated"),
            ("tests/test_it.py:4", "old"),
        ),
    )
    found = answer(
        [replace(cell, suite=warned) for cell in cells("2.19.0") if cell.key.scenario == "try_plain"], ["it"]
    )
    assert [place for place, _, _ in found.deprecated] == ["it/core.py:7", "tests/test_it.py:4"]
    assert "it asked for the host example.org, and was refused (1 cell)" in found.notes


def test_environments_in_which_it_works_are_counted_where_no_release_works_in_all() -> None:
    found = answer([*cells("2.13.4"), *cells("2.13.4", "3.13"), *cells("2.13.4", "3.11", Outcome.FAIL)], ["it"])
    assert (found.works, found.environments, found.fine) == ("2.13", 3, 2)
    mixed = answer(
        [*cells("2.13.4"), *cells("2.14.2", "3.12", Outcome.FAIL), *cells("2.13.4", "3.13", Outcome.FAIL)], []
    )
    assert (mixed.works, mixed.environments, mixed.fine) == ("2.13", 3, 1)


def test_what_fails_with_the_lowest_versions_has_a_line_of_its_own() -> None:
    lowest = cells("2.14.2", plain=Outcome.FAIL, profile="lowest")
    found = answer([*cells("2.13.4"), *cells("2.14.2"), *cells("2.13.4", profile="lowest"), *lowest], ["it"])
    assert (found.works, found.lowest) == ("2.13-2.14", "2.13")
    assert [(cause.scrapy, cause.profiles) for cause in found.causes] == [("2.14", ("lowest",))]
    assert answer([*cells("2.13.4")], ["it"]).lowest is None


def test_an_environment_in_which_scrapy_does_not_import_is_one_cause_and_not_one_for_each_check() -> None:
    broken = [replace(cell, outcome=Outcome.BROKEN, mechanism="no-cgi") for cell in cells("2.11.2")]
    (cause,) = answer([*cells("2.13.4"), *broken], ["it"]).causes
    assert (cause.check, cause.cells) == ("environment", len(broken))


def in_control(outcomes: dict[str, str], scrapy: str) -> TriedCell:
    rows = tuple(SuiteTest(id=name, outcome=of, seconds=0.1, message="", place="") for name, of in outcomes.items())
    (cell,) = [cell for cell in cells(scrapy) if cell.key.scenario == "try_plain"]
    anyway = "failed" in outcomes.values() or "error" in outcomes.values()
    outcome = Outcome.FAILS_ANYWAY if anyway else Outcome.PASS
    return replace(cell, outcome=outcome, suite=replace(suite("passed"), tests=rows))


def test_what_fails_as_the_control_does_and_passes_with_another_release_does_not_work() -> None:
    found = answer([in_control({"t.py::a": "passed"}, "2.15.2"), in_control({"t.py::a": "failed"}, "2.16.0")], ["it"])
    assert (found.works, found.releases) == ("2.15", {"2.15": Outcome.PASS, "2.16": Outcome.FAIL})


def test_a_file_that_is_not_collected_counts_for_all_of_its_tests() -> None:
    found = answer([in_control({"t.py::a": "passed"}, "2.15.2"), in_control({"t.py": "error"}, "2.16.0")], ["it"])
    assert found.works == "2.15"


def test_a_flaky_test_that_passes_elsewhere_turns_no_cell_into_a_failing_one() -> None:
    here = in_control({"t.py::a": "failed", "t.py::b": "failed"}, "2.16.0")
    there = in_control({"t.py::a": "passed", "t.py::b": "failed"}, "2.15.2")
    assert answer([there, here], ["it"], flaky=["t.py::a"]).works == "2.15-2.16"
    assert answer([there, here], ["it"]).works == "2.15"


def test_what_fails_everywhere_says_nothing_against_a_release() -> None:
    both = {"t.py::a": "passed", "t.py::b": "failed"}
    found = answer([in_control(both, "2.15.2"), in_control(both, "2.16.0")], ["it"])
    assert (found.works, found.causes) == ("2.15-2.16", ())


def test_where_only_lanes_are_asked_these_are_answered_for() -> None:
    lanes = [cell for cell in cells("2.13.4") if cell.key.lane == "asyncio-default"]
    found = answer(lanes, ["it"])
    assert (found.works, list(found.table[0].lanes)) == ("2.13", ["asyncio-default"])


def test_what_was_not_run_says_nothing_and_no_range_reaches_over_it() -> None:
    late = Outcome.NOT_RUN
    found = answer(
        [
            *cells("2.13.4", "3.12", late, default=late, asyncio=late),
            *cells("2.14.2", "3.12"),
            *cells("2.14.2", "3.13", late, default=late, asyncio=late),
            *cells("2.15.0", "3.12", Outcome.PASS, asyncio=late),
        ],
        ["it"],
    )
    assert (found.works, found.pythons) == ("2.14-2.15", "3.12")
    assert found.asked == "Scrapy 2.14-2.15, Python 3.12"
    assert (found.environments, found.fine) == (2, 2)
    assert (found.lanes, found.failing, found.causes) == (("default", "asyncio-default"), (), ())
    rows = {row.scrapy: row.lanes[AS_IS] for row in found.table}
    assert rows == {"2.15": Outcome.PASS, "2.14": Outcome.PASS, "2.13": late}
    assert sum(found.unasked.values()) == 7


def test_where_nothing_was_run_nothing_is_known() -> None:
    late = Outcome.NOT_RUN
    found = answer([*cells("2.13.4", "3.12", late, default=late, asyncio=late)], ["it"])
    assert (found.environments, found.works, found.lanes, found.failing) == (0, "", (), ())
    assert found.asked == "Scrapy 2.13, Python 3.12"


def test_what_the_target_rules_out_is_no_failure_of_a_release() -> None:
    outside = dict.fromkeys(("default", "asyncio"), Outcome.DECLARED_OUT)
    ruled_out = [
        replace(cell, outcome=Outcome.DECLARED_OUT)
        for scrapy in ("2.11.2", "2.13.4")
        for cell in cells(scrapy, "3.7", Outcome.DECLARED_OUT, **outside)
    ]
    found = answer([*cells("2.13.4", "3.12"), *ruled_out], ["it"])
    assert (found.works, found.asked, found.causes, found.unasked) == ("2.13", "Scrapy 2.13, Python 3.12", (), {})
    assert found.declared_out == ("Python 3.7, Scrapy 2.11", "Python 3.7, Scrapy 2.13")
    rows = {row.scrapy: row.lanes[AS_IS] for row in found.table}
    assert rows == {"2.13": Outcome.PASS, "2.11": Outcome.DECLARED_OUT}
    assert (found.releases["2.11"], found.python_outcomes["3.7"]) == (None, None)
    imported = [cell for cell in (*cells("2.13.4", "3.12"), *ruled_out) if cell.key.scenario == LOAD]
    (newest, oldest) = answer(imported, ["it"]).table
    assert (newest.lanes[AS_IS], oldest.lanes[AS_IS]) == (Outcome.PASS, Outcome.DECLARED_OUT)


def test_what_fails_with_pre_releases_has_a_line_of_its_own() -> None:
    early = cells("2.14.2", plain=Outcome.FAIL, profile="next")
    found = answer([*cells("2.13.4"), *cells("2.14.2"), *cells("2.13.4", profile="next"), *early], ["it"])
    assert (found.works, found.upcoming, found.lowest) == ("2.13-2.14", "2.13", None)
    assert [(cause.scrapy, cause.profiles) for cause in found.causes] == [("2.14", ("next",))]
    sections_of = dict(sections(replace(found, pre_releases=("lxml 7.0.0b1",))))
    assert sections_of["Pre-releases of what it depends on"] == ["with lxml 7.0.0b1 it works with Scrapy 2.13"]
    assert cause_place(found.causes[0]).endswith(", with pre-releases")
