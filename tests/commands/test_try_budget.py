"""`scrapy-compat try` within a time: what is told first, what is not begun, and how it goes on."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from harness.cli.main import scrapy_compat
from harness.commands.run import run_planned
from harness.commands.run_options import RunOptions
from harness.commands.try_ import TargetRun
from harness.commands.try_answer import answered
from harness.commands.try_opened import TryOptions, opened_target
from harness.infra.errors import ExitCode
from harness.model.outcome import Outcome
from harness.runner.progress import RunProgress
from harness.runner.time_budget import TimeBudget
from harness.targets.target_answer import TargetAnswer
from harness.targets.tried_target import TriedTarget
from harness.workspace import Filters, PlannedRun
from tests.support import live
from tests.support.command_runs import COMMAND, place  # noqa: F401
from tests.support.made_targets import make_target

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

USED_UP = "the budget of 10m was used up"
TESTS = {"tests/test_it.py": "def test_it():\n    pass\n"}


def options(place: Path, **given: object) -> TryOptions:  # noqa: F811
    filters = Filters(python=(live.HERE,), scrapy=("2.13.4", "2.14"), lane=("default",))
    asked = {
        "target": str(make_target(place / "plugin", TESTS)), "filters": filters, "state": place / "state",
        "matrix": None, "jobs": 2, "fresh": False, "upgrade": False, "network": False, "checks": (), "budget": None,
        "requirements": (), "arguments": (), "words": (), **given,
    }  # fmt: skip
    return TryOptions(**asked)  # type: ignore[arg-type]


def tried(asked: TryOptions, over: list[object]) -> tuple[list[TargetAnswer], TargetAnswer, list[int]]:
    """The first answers, the last, and how many cells each run ran; the time is over when there is a first answer."""
    first: list[TargetAnswer] = []
    executed: list[int] = []
    progress = RunProgress(Console(file=io.StringIO()))

    def tell(_: TriedTarget, found: TargetAnswer) -> None:
        first.append(found)
        over.append(found)

    with opened_target(asked, lambda _: None) as opened:

        def run(wanted: RunOptions, planned: PlannedRun, stop: TimeBudget) -> str:
            end = run_planned(wanted, planned, opened.stocks, stop=stop, say=lambda _: None, progress=progress)
            executed.append(end.executed)
            return end.run_id

        done = TargetRun(opened, run, progress).tried(tell)
        return first, answered(done, opened.compared), executed


def test_imports_are_told_first_and_what_is_not_begun_then_is_run_by_the_same_command(
    place: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over: list[object] = []
    stop = TimeBudget(reason=USED_UP, over=lambda: bool(over))
    with monkeypatch.context() as patched:
        patched.setattr(TryOptions, "time_budget", lambda _: stop)
        (first,), last, executed = tried(options(place), over)
    assert (first.works, first.tested) == ("2.13-2.14", False)
    assert first.unasked == {}
    assert {worst for row in first.table for worst in row.lanes.values()} == {Outcome.PASS}
    # The control has run all the same; what was imported is known; of the tests it is said why they were not run.
    assert (last.environments, last.tested) == (0, True)
    assert last.unasked == {f"not-run: {USED_UP}": 4}
    # The import of the control, those of two environments, the tests of the control; nothing more.
    assert executed == [1, 2, 1, 0]
    again = tried(options(place), [])
    assert (again[1].works, again[1].unasked) == ("2.13-2.14", {})
    assert again[2] == [0, 0, 0, 4]


def test_a_fresh_run_measures_everything_once(place: Path) -> None:  # noqa: F811
    narrow = Filters(python=(live.HERE,), scrapy=("2.13.4",), lane=("default",))
    tried(options(place, filters=narrow), [])
    _, _, executed = tried(options(place, filters=narrow, fresh=True), [])
    assert executed == [1, 1, 1, 2]


def test_who_chooses_what_is_asked_has_no_end_and_who_writes_a_time_has_that(place: Path) -> None:  # noqa: F811
    assert options(place, filters=Filters()).time == ("10m", 600.0)
    for chosen in ({}, {"filters": Filters(), "checks": ("load",)}, {"filters": Filters(), "against": "2.18"}):
        assert options(place, **chosen).time == ("none", None)
    assert options(place, budget=("90s", 90.0)).time == ("90s", 90.0)
    assert options(place, filters=Filters(), budget=("none", None)).time == ("none", None)


def test_a_run_out_of_time_is_incomplete_and_says_how_to_go_on(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", TESTS)
    command = [*COMMAND, "try", str(target), "--state", "state", "--scrapy", "2.13.4", "--python", live.HERE,
               "--lane", "default", "--budget", "0s"]  # fmt: skip
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == ExitCode.INCOMPLETE, done.stderr
    assert "First answer, after " in done.stderr
    assert "  3 cells not-run: the budget of 0s was used up; the same command goes on from there\n" in done.stdout
    assert "Nothing is known of it" in done.stdout


@pytest.mark.parametrize("wrong", ["10", "soon", "-1m", "10 m"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    done = CliRunner().invoke(scrapy_compat, ["try", ".", "--budget", wrong])
    assert done.exit_code == ExitCode.CONFIGURATION
    assert f"{wrong!r} is no time: write 10m, 90s or 1h" in done.output
