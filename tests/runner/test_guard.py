"""harness.runner.guard: what files of a user's gave is handed on as long as nothing has changed."""

from __future__ import annotations

from pathlib import Path

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.runner.guard import AT_MOST, HeldResults, batches_without, blamed, parted
from harness.runner.strategy import EnvironmentJob
from harness.runner.work import Batch, LaneSpec

LANE = LaneSpec(name="epoll", settings={}, reactorless=False, reactor=None, loop=None)


def result(scenario: str) -> CellResult:
    return CellResult(
        key=CellKey("env", "epoll", scenario, "direct"), outcome=Outcome.PASS, mechanism=None, detail=None,
        close=None, facts=None, seconds=0.1, isolated=False, fingerprint="f",
    )  # fmt: skip


def job(*batches: tuple[str, ...]) -> EnvironmentJob:
    return EnvironmentJob(
        environment="env", python=Path("python"), fingerprint=lambda lane, scenario: "f", deadline=1.0, isolate=False,
        fork=True, processes=1, batches=tuple(
            Batch(number=number, lane=LANE, path=(), own=names[0].startswith("own"),
                  cells=tuple((name, "direct") for name in names))
            for number, names in enumerate(batches)
        ),
    )  # fmt: skip


def test_results_are_held_back_until_there_are_many_or_all() -> None:
    told: list[CellResult] = []
    looks: list[int] = []
    held = HeldResults(told.extend, lambda: (looks.append(len(told)), ())[1])
    for number in range(AT_MOST):
        assert told == []
        held.take([result(f"s{number}")])
    assert len(told) == AT_MOST
    held.take([result("last")])
    assert held.release() == ()
    assert [each.key.scenario for each in told][-1] == "last"
    assert looks == [0, AT_MOST]


def test_nothing_is_handed_on_any_more_once_something_has_changed() -> None:
    told: list[CellResult] = []
    damage: tuple[str, ...] = ()
    held = HeldResults(told.extend, lambda: damage)
    held.take([result("before")])
    held.release()
    damage = ("spam.py",)
    held.take([result(f"s{number}") for number in range(AT_MOST)])
    damage = ()
    held.take([result("after")])
    assert held.release() == ("spam.py",)
    assert [each.key.scenario for each in told] == ["before"]
    again = batches_without(job(("before", "s0"), ("never",)), held.handed_on)
    assert [batch.cells for batch in again] == [(("s0", "direct"),), (("never", "direct"),)]


def test_files_of_a_users_are_parted_from_all_others() -> None:
    own, others = parted(job(("a", "b"), ("own",), ("c",)))
    assert [batch.cells[0][0] for batch in own.batches] == ["own"]
    assert [(batch.number, batch.cells[0][0]) for batch in others.batches] == [(0, "a"), (1, "c")]


def test_cells_that_have_changed_their_environment_are_crashes_whatever_they_said_or_did_not() -> None:
    found = blamed(job(("told", "silent")), [result("told")], ("a", "b", "c", "d"))
    assert {(each.key.scenario, each.outcome, each.mechanism, each.detail) for each in found} == {
        (name, Outcome.CRASH, "damaged-environment", "it changed its environment: a, b, c and 1 more")
        for name in ("told", "silent")
    }
