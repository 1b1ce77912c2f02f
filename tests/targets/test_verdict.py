"""What the run of a suite says beside its control; the in-cell functions, without a suite."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from harness.infra.resources import scenarios_dir


@pytest.fixture(name="verdict")
def verdict_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(scenarios_dir()))
    monkeypatch.syspath_prepend(str(scenarios_dir() / "kit" / "checks"))
    yield importlib.import_module("_verdict")
    _forget_the_kit()


@pytest.fixture(name="heard")
def heard_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(scenarios_dir()))
    monkeypatch.syspath_prepend(str(scenarios_dir() / "kit" / "checks"))
    yield importlib.import_module("_suite").SuiteRun()
    _forget_the_kit()


def _forget_the_kit() -> None:
    for name in [name for name in sys.modules if name == "kit" or name.startswith(("kit.", "_verdict", "_suite"))]:
        del sys.modules[name]


def run(outcomes: dict[str, str], **more: Any) -> SimpleNamespace:
    tests = {
        name: {"outcome": of, "message": "ValueError: no", "text": "", "place": ""} for name, of in outcomes.items()
    }
    counts: dict[str, int] = {}
    for outcome in outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    known = {"hung": False, "flooded": False, "exit": 0, "returncode": 0, "current": None, "collected": 3, "ran": True}
    return SimpleNamespace(**{"tests": tests, "counts": counts, "output": "", **known, **more})


def control(outcomes: dict[str, str], *flaky: str) -> dict[str, object]:
    return {"tests": outcomes, "flaky": list(flaky)}


ALL = {"a": "passed", "b": "passed", "c": "skipped"}


def test_what_passes_as_in_the_control_passes(verdict: ModuleType) -> None:
    assert verdict.judged(control(ALL), run(ALL), forced=True)["outcome"] == "pass"


def test_a_test_that_fails_here_alone_fails_the_cell_and_names_it(verdict: ModuleType) -> None:
    said = verdict.judged(control(ALL), run({**ALL, "b": "failed"}, exit=1), forced=True)
    assert (said["outcome"], said["mechanism"]) == ("fail", "raised-value-error")
    assert said["detail"] == "1 fail: b: ValueError: no"


@pytest.mark.parametrize(("here", "mechanism"), [
    ({"a": "passed", "b": "skipped", "c": "skipped"}, "tests-skip-themselves"),
    ({"a": "passed"}, "tests-not-collected"),
])  # fmt: skip
def test_fewer_tests_than_in_the_control_are_never_a_pass(
    verdict: ModuleType, here: dict[str, str], mechanism: str
) -> None:
    said = verdict.judged(control(ALL), run(here), forced=True)
    assert (said["outcome"], said["mechanism"]) == ("lost-tests", mechanism)


def test_what_fails_in_the_control_says_nothing_against_a_lane(verdict: ModuleType) -> None:
    failing = {**ALL, "b": "failed"}
    assert verdict.judged(control(failing), run(failing, exit=1), forced=True)["outcome"] == "fails-anyway"


def test_a_flaky_test_neither_fails_a_cell_nor_counts_as_lost(verdict: ModuleType) -> None:
    for outcome in ("failed", "skipped", "passed"):
        here = run({**ALL, "b": outcome}, exit=int(outcome == "failed"))
        assert verdict.judged(control(ALL, "b"), here, forced=True)["outcome"] == "pass"


def test_a_lane_that_no_test_used_is_not_proven(verdict: ModuleType) -> None:
    assert verdict.judged(control(ALL), run(ALL, ran=False), forced=True)["outcome"] == "not-exercised"
    assert verdict.judged(control(ALL), run(ALL, ran=False), forced=False)["outcome"] == "pass"


def test_where_the_service_is_missing_in_the_control_too_that_is_said(verdict: ModuleType) -> None:
    failing = run({**ALL, "b": "failed"}, exit=1)
    failing.tests["b"]["message"] = "redis.exceptions.ConnectionError: Error 111 Connection refused"
    said = verdict.judged(control({**ALL, "b": "failed"}), failing, forced=True)
    assert said["outcome"] == "needs-service"


def test_a_suite_that_insists_on_another_reactor_has_refused_the_lane(verdict: ModuleType) -> None:
    output = "pytest_twisted.WrongReactorAlreadyInstalledError: expected A but found B"
    said = verdict.judged(control(ALL), run({}, exit=None, returncode=1, output=output), forced=True)
    assert said["outcome"] == "lane-refused"


@pytest.mark.parametrize(("how", "outcome", "mechanism"), [
    ({"hung": True, "current": "b"}, "hang", "suite-hangs"),
    ({"flooded": True}, "crash", "output-flood"),
    ({"exit": None, "returncode": -11, "current": "b"}, "crash", "signal-SIGSEGV"),
    ({"exit": None, "returncode": 3}, "fail", "suite-exit-3"),
    ({"exit": 4}, "fail", "suite-exit-4"),
])  # fmt: skip
def test_a_suite_that_did_not_come_to_its_end_is_told_with_the_test_it_was_in(
    verdict: ModuleType, how: dict[str, Any], outcome: str, mechanism: str
) -> None:
    said = verdict.judged(control(ALL), run({"a": "passed"}, **how), forced=True)
    assert (said["outcome"], said["mechanism"]) == (outcome, mechanism)
    if "current" in how:
        assert "b" in said["detail"]


def test_a_suite_without_a_test_asks_nothing(verdict: ModuleType) -> None:
    said = verdict.judged(control({}), run({}, exit=5), forced=False)
    assert (said["outcome"], said["mechanism"]) == ("not-exercised", "no-tests")


def said_of(pid: int, reactor: str | None, *, worker: bool = False, kind: str = "facts") -> dict[str, Any]:
    loop = None if reactor is None else "asyncio.Loop"
    return {"kind": kind, "pid": pid, "worker": worker, "reactor": reactor, "loop": loop, "policy": "asyncio.Policy"}


def test_what_a_suite_ran_on_is_what_its_processes_say_at_every_test(heard: Any) -> None:
    for _ in range(3):
        heard.hear(said_of(1, "a.Reactor"))
    assert heard.facts() == {"policy": "asyncio.Policy", "reactor": "a.Reactor", "loop": "asyncio.Loop"}


def test_a_reactor_that_a_test_exchanges_is_told_beside_the_other(heard: Any) -> None:
    heard.hear(said_of(1, "a.Reactor"))
    heard.hear(said_of(1, "b.Reactor"))
    heard.hear(said_of(1, "a.Reactor"))
    assert heard.facts()["reactor"] == "a.Reactor and b.Reactor"


def test_where_workers_run_the_tests_they_count_and_not_the_process_that_starts_them(heard: Any) -> None:
    heard.hear(said_of(1, "a.Reactor"))
    heard.hear(said_of(2, "b.Reactor", worker=True))
    heard.hear(said_of(3, "b.Reactor", worker=True))
    assert heard.facts()["reactor"] == "b.Reactor"


def test_without_a_reactor_the_loop_that_ran_counts(heard: Any) -> None:
    heard.hear(said_of(1, None))
    heard.hear({"kind": "running", "pid": 1, "loop": "uvloop.Loop"})
    assert heard.facts() == {"policy": "asyncio.Policy", "reactor": None, "loop": "uvloop.Loop"}


def test_of_what_has_said_nothing_there_are_no_facts(heard: Any) -> None:
    assert heard.facts() is None
