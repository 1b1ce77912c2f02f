"""What the rows of spiders say beside the control; the in-cell functions, without a project."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.support.started_spiders import check_module


@pytest.fixture(name="verdict")
def verdict_fixture() -> Iterator[ModuleType]:
    with check_module("_spider_verdict") as found:
        yield found


def run(outcomes: dict[str, str], message: str = "ValueError: no", **more: Any) -> SimpleNamespace:
    tests = {name: {"outcome": of, "message": message, "text": "", "place": ""} for name, of in outcomes.items()}
    counts: dict[str, int] = {}
    for outcome in outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    known = {"hung": False, "flooded": False, "exit": 0, "returncode": 0, "current": None, "output": ""}
    return SimpleNamespace(**{"tests": tests, "counts": counts, **known, **more})


TODAY = {"tests": {"old": "passed", "broken": "failed", "shop": "skipped"}}


def told(verdict: ModuleType, seen: SimpleNamespace, control: object = TODAY) -> tuple[str, str | None]:
    said = verdict.judged_spiders(control, seen)
    return said["outcome"], said["mechanism"]


def test_what_starts_as_today_passes(verdict: ModuleType) -> None:
    assert told(verdict, run({"old": "passed", "shop": "skipped"})) == ("pass", None)


def test_what_fails_today_too_says_nothing_against_a_release(verdict: ModuleType) -> None:
    assert told(verdict, run({**TODAY["tests"], "old": "passed"}))[0] == "fails-anyway"
    offline = run(TODAY["tests"], "NoNetworkError: [Errno 101] no network in a cell of scrapy-compat: x.example")
    assert told(verdict, offline) == ("needs-service", "service-missing")


def test_a_spider_that_starts_today_and_fails_here_fails_the_cell(verdict: ModuleType) -> None:
    seen = run({**TODAY["tests"], "old": "failed"}, "ModuleNotFoundError: No module named 'scrapy.loader.processors'")
    said = verdict.judged_spiders(TODAY, seen)
    assert (said["outcome"], said["mechanism"]) == ("fail", "no-module-scrapy.loader.processors")
    assert said["detail"].startswith("1 not as in the control: old: ModuleNotFoundError")


@pytest.mark.parametrize(("message", "mechanism"), [
    ("it hangs: it did not end within 30 seconds", "spider-hangs"),
    ("it ends its process when it is imported, with exit code 3", "exit-3"),
    ("`scrapy crawl` ended with exit code 1", "exit-1"),
    ("TypeError: no", "raised-type-error"),
])  # fmt: skip
def test_how_a_spider_ended_is_told_in_a_slug(verdict: ModuleType, message: str, mechanism: str) -> None:
    assert verdict.slug_of({"message": message}) == mechanism


@pytest.mark.parametrize(("message", "mechanism"), [
    ("it sends no request: this release calls start(), and never its start_requests()", "start-requests-never-called"),
    ("it starts, and sends no request", "sends-nothing"),
])  # fmt: skip
def test_a_spider_that_sends_nothing_any_more_fails_without_a_word_of_scrapys(
    verdict: ModuleType, message: str, mechanism: str
) -> None:
    assert told(verdict, run({**TODAY["tests"], "old": "skipped"}, message)) == ("fail", mechanism)


def test_the_control_fails_only_where_nothing_starts(verdict: ModuleType) -> None:
    assert told(verdict, run(TODAY["tests"]), None)[0] == "pass"
    assert told(verdict, run({"settings": "failed"}, "KeyError: the environment variable K is not set"), None) == (
        "fail",
        "needs-environment-variable",
    )
    assert told(verdict, run({}), None) == ("not-exercised", "no-spiders")


@pytest.mark.parametrize(("how", "outcome", "mechanism"), [
    ({"hung": True, "current": "old"}, "hang", "spiders-hang"),
    ({"flooded": True}, "crash", "output-flood"),
    ({"exit": None, "returncode": -11}, "crash", "signal-SIGSEGV"),
    ({"exit": None, "returncode": 3}, "crash", "exit-3"),
])  # fmt: skip
def test_a_process_that_did_not_come_to_its_end_is_told(
    verdict: ModuleType, how: dict[str, Any], outcome: str, mechanism: str
) -> None:
    assert told(verdict, run({"old": "passed"}, **how)) == (outcome, mechanism)
