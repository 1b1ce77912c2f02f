"""harness.runner.rerun: what is unexpected is run again alone, and what does not agree is flaky."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, Evidence
from harness.runner import rerun as module
from harness.runner.cell_process import Kit
from harness.runner.rerun import MANY, RerunQueue
from harness.runner.strategy import EnvironmentJob, ResultSink
from harness.runner.work import Batch, LaneSpec

LANE = LaneSpec(name="epoll", settings={}, reactorless=False, reactor=None, loop=None)


def result(scenario: str, outcome: str, mechanism: str | None = None, *, isolated: bool = False) -> CellResult:
    return CellResult(
        key=CellKey("env", "epoll", scenario, "direct"), outcome=Outcome(outcome), mechanism=mechanism, detail="why",
        close=None, facts=None, seconds=0.1, isolated=isolated, fingerprint="f",
        evidence=Evidence(exception=f"Traceback of {mechanism}") if mechanism else None,
    )  # fmt: skip


class Runner:
    """Stands for the processes: gives the next of the prepared outcomes of each cell."""

    def __init__(self, outcomes: Callable[[str, int], tuple[str, str | None]], cells: tuple[str, ...]) -> None:
        self.rounds: list[list[str]] = []
        self.kit = Kit(scenarios=(), server="", cancelled=threading.Event())
        batch = Batch(number=0, lane=LANE, path=(), cells=tuple((name, "direct") for name in cells))
        self.order = EnvironmentJob(
            environment="env", python=Path("python"), batches=(batch,), fingerprint=lambda lane, scenario: "f",
            deadline=1.0, isolate=False, fork=True, processes=1,
        )  # fmt: skip
        self._outcomes = outcomes

    def run(self, _kit: Kit, order: EnvironmentJob, listener: ResultSink) -> None:
        names = [name for batch in order.batches for name, _ in batch.cells]
        self.rounds.append(names)
        number = len(self.rounds)
        listener.on_results([result(name, *self._outcomes(name, number), isolated=True) for name in names])


def resolve(monkeypatch: pytest.MonkeyPatch, runner: Runner, first: list[CellResult]) -> list[CellResult]:
    monkeypatch.setattr(module, "run_alone", runner.run)
    reruns = RerunQueue(lambda each: each.outcome is not Outcome.PASS)
    assert reruns.filter(first) == [each for each in first if each.outcome is Outcome.PASS]
    return reruns.resolve(runner.kit, runner.order)


def test_what_is_expected_or_was_never_tried_is_not_run_again() -> None:
    reruns = RerunQueue(lambda each: each.outcome is not Outcome.PASS)
    results = [result("a", "pass"), result("b", "broken"), result("c", "unsupported", "helper-missing")]
    assert reruns.filter(results) == results
    assert not reruns.any


def test_what_says_the_same_three_times_more_is_recorded_as_it_was_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("fail", "m"), ("a", "b"))
    (found,) = resolve(monkeypatch, runner, [result("a", "fail", "m"), result("b", "pass")])
    assert (found.outcome, found.mechanism, found.isolated) == (Outcome.FAIL, "m", True)
    assert runner.rounds == [["a"]] * 3


def test_what_does_not_agree_is_flaky_with_each_outcome_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("pass", None) if name == "a" and number == 2 else ("fail", "m"), ("a", "b"))
    flaky, stable = resolve(monkeypatch, runner, [result("a", "fail", "m"), result("b", "fail", "m")])
    assert (flaky.outcome, flaky.mechanism) == (Outcome.FLAKY, None)
    assert flaky.detail == "among others fail: m, then alone fail: m, then alone pass"
    assert flaky.evidence is not None
    assert flaky.evidence.exception.count("Traceback of m") == 2
    assert "--- run 3: alone pass" in flaky.evidence.exception
    assert stable.outcome is Outcome.FAIL
    assert runner.rounds == [["a", "b"], ["a", "b"], ["b"]]


def test_another_mechanism_is_another_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("fail", "n"), ("a",))
    (found,) = resolve(monkeypatch, runner, [result("a", "fail", "m")])
    assert found.outcome is Outcome.FLAKY
    assert len(runner.rounds) == 1


def test_that_nothing_was_seen_in_company_does_not_contradict_what_is_seen_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Runner(lambda name, number: ("fail", "never-awaited"), ("a",))
    (found,) = resolve(monkeypatch, runner, [result("a", "fail", "no-effect-seen")])
    assert (found.outcome, found.mechanism) == (Outcome.FAIL, "never-awaited")
    runner = Runner(lambda name, number: ("fail", "never-awaited" if number > 1 else "no-effect-seen"), ("a",))
    (found,) = resolve(monkeypatch, runner, [result("a", "fail", "no-effect-seen")])
    assert found.outcome is Outcome.FLAKY, "alone it is seen or not"
    runner = Runner(lambda name, number: ("pass", None), ("a",))
    (found,) = resolve(monkeypatch, runner, [result("a", "fail", "no-effect-seen")])
    assert found.outcome is Outcome.FLAKY


def test_many_that_all_say_the_same_again_are_run_only_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"s{number}" for number in range(MANY + 1))
    runner = Runner(lambda name, number: ("fail", "m"), names)
    found = resolve(monkeypatch, runner, [result(name, "fail", "m") for name in names])
    assert (len(found), len(runner.rounds)) == (MANY + 1, 1)


def test_what_is_cut_short_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("fail", "m"), ("a",))
    runner.kit.cancelled.set()
    assert resolve(monkeypatch, runner, [result("a", "fail", "m")]) == []


def test_the_evidence_of_a_hang_is_kept_beside_the_rest() -> None:
    hang = replace(result("a", "hang", "m"), evidence=Evidence(stacks="Thread 1", stdout="said"))
    found = module.flaky([hang, result("a", "pass", isolated=True)])
    assert found.evidence is not None
    assert found.evidence.stacks == "--- run 1: among others hang: m\nThread 1"
    assert found.evidence.stdout.endswith("said")


def heard(
    monkeypatch: pytest.MonkeyPatch, runner: Runner, first: list[CellResult], own: tuple[str, ...] = ()
) -> dict[str, CellResult]:
    """What is recorded of results that nobody has expectations of."""
    monkeypatch.setattr(module, "run_alone", runner.run)
    reruns = RerunQueue(lambda _: False, lambda _: True, own)
    believed = reruns.filter(first)
    return {each.key.scenario: each for each in [*believed, *reruns.resolve(runner.kit, runner.order)]}


def test_what_failed_and_is_expected_by_nobody_is_heard_alone_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("fail", "m"), ("a", "b", "c"))
    first = [result("a", "fail", "m"), result("b", "pass"), result("c", "fail", "m", isolated=True)]
    found = heard(monkeypatch, runner, first)
    assert runner.rounds == [["a"]]
    assert {name: each.isolated for name, each in found.items()} == {"a": True, "b": False, "c": True}


def test_what_passes_only_in_company_is_recorded_as_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("fail", "m"), ("mine", "built_in"))
    found = heard(monkeypatch, runner, [result("mine", "pass"), result("built_in", "pass")], own=("mine",))
    assert runner.rounds == [["mine"], ["mine"]]
    assert (found["mine"].outcome, found["built_in"].outcome) == (Outcome.FAIL, Outcome.PASS)


def test_what_says_something_else_each_time_it_is_alone_is_flaky(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(lambda name, number: ("pass", None) if number == 1 else ("fail", "m"), ("a",))
    found = heard(monkeypatch, runner, [result("a", "fail", "m")])
    assert found["a"].outcome is Outcome.FLAKY
    assert found["a"].detail == "among others fail: m, then alone pass, then alone fail: m"


@pytest.mark.parametrize("agrees", [True, False])
def test_of_a_crowd_some_are_heard_and_all_if_one_of_them_says_something_else(
    monkeypatch: pytest.MonkeyPatch, *, agrees: bool
) -> None:
    names = tuple(f"s{number:02}" for number in range(MANY + 5))
    runner = Runner(lambda name, number: ("fail", "m") if agrees or name != "s03" else ("pass", None), names)
    found = heard(monkeypatch, runner, [result(name, "fail", "m") for name in names])
    assert [len(names) for names in runner.rounds] == ([MANY] if agrees else [MANY, 5, 1])
    assert len(found) == len(names)
    assert (found["s03"].outcome is Outcome.PASS) is not agrees


@pytest.mark.parametrize(("second", "becomes"), [("pass", Outcome.FLAKY), ("hang", Outcome.HANG)])
def test_a_hang_that_nobody_expects_is_heard_once_more_also_if_it_was_alone(
    monkeypatch: pytest.MonkeyPatch, second: str, becomes: Outcome
) -> None:
    runner = Runner(lambda name, number: (second, "never-resumed" if second == "hang" else None), ("a",))
    found = heard(monkeypatch, runner, [result("a", "hang", "never-resumed", isolated=True)])
    assert runner.rounds == [["a"]]
    assert found["a"].outcome is becomes
    if becomes is Outcome.FLAKY:
        assert found["a"].detail == "alone hang: never-resumed, then alone pass"
