"""What a person sees while a run goes on, with a clock of the test's own."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from harness.model.result import EnvironmentResult
from harness.runner.progress import RunProgress
from tests.support.clocks import Clock
from tests.support.synthetic import make_environments, make_results
from tests.support.views import ALL, GOOD, only

PLAN = only(ALL, GOOD)


(RESULT,) = make_environments(PLAN)


CELLS = list(make_results(PLAN))


SLOW, QUICK = (replace(RESULT, id=name) for name in ("slow", "quick"))


def progress(clock: Clock, *, terminal: bool) -> tuple[RunProgress, io.StringIO]:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=120 if terminal else 10_000, color_system=None)
    shown = RunProgress(console, clock=clock)
    shown.begin({"slow": 500, "quick": 40, RESULT.id: 924})
    return shown, screen


def started(of: RunProgress, *results: EnvironmentResult) -> None:
    for result in results:
        of.waiting(result)
        of.running(result.id)


def seen(of: RunProgress) -> list[str]:
    """The live display as text."""
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(of._render())
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_what_takes_longest_stands_first_with_how_far_it_is() -> None:
    clock = Clock()
    shown, _ = progress(clock, terminal=True)
    shown.building("slow")
    clock.now += 2
    shown.building("quick")
    assert seen(shown)[1:] == [
        "environments 0/3 resolved 0 made 0", "slow 2 s, resolving packages", "quick 0 s, resolving packages",
    ]  # fmt: skip
    shown.resolved("slow")
    assert seen(shown)[1:3] == ["environments 0/3 resolved 1 made 0", "slow 2 s, installing packages"]
    shown.waiting(SLOW)
    shown.waiting(QUICK)
    shown.carried("quick", 30)
    for name in ("slow", "quick"):
        shown.running(name)
    clock.now += 14
    # Nothing has come yet, and that is no reason to think that it is stuck.
    counts = "environments 0/3 resolved 2 made 2 known 30"
    assert seen(shown)[1:] == [counts, "slow 14 s, starting the first cells", "quick 14 s, starting the first cells"]
    shown.carried("quick", 5)
    assert seen(shown)[3:] == ["quick 14 s, 35/40 cells"]
    shown.environment_done("quick")
    shown.waiting(RESULT)
    assert seen(shown)[1:] == ["environments 1/3 known 35", "slow 14 s, starting the first cells", "and 1 waiting"]


def test_before_the_environments_are_known_it_says_what_is_done() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None)
    shown = RunProgress(console, clock=Clock())
    shown.step("looking for interpreters")
    (line,) = seen(shown)
    assert line.endswith(" looking for interpreters")
    shown.begin({"slow": 1})
    assert seen(shown)[1:] == ["environments 0/1 resolved 0 made 0"]
    shown.step("judging 1 cells")
    assert seen(shown)[0].endswith(" judging 1 cells")


def test_without_a_terminal_every_step_is_a_line_at_once() -> None:
    screen, clock = io.StringIO(), Clock()
    with RunProgress(Console(file=screen, width=10_000), clock=clock) as shown:
        shown.step("looking for interpreters")
        clock.now += 2
        shown.begin({"slow": 1, "quick": 1})
        shown.building("slow")
        shown.tick()
        clock.now += 5
        shown.tick()
    assert screen.getvalue().splitlines() == [
        "    0 s  looking for interpreters",
        "    2 s  resolving 2 environments",
        "    7 s  environments 0/2  resolved 0  made 0  cells 0/2  longest: slow 5 s, resolving packages",
    ]


def test_an_environment_of_which_nothing_comes_any_more_is_told() -> None:
    clock = Clock()
    shown, _ = progress(clock, terminal=True)
    started(shown, RESULT)
    clock.now += 3
    shown.results(CELLS[:10])
    clock.now += 7
    assert seen(shown)[2:] == [f"{RESULT.id} 10 s, 10/924 cells, nothing new for 7 s"]
    shown.results(CELLS[10:12])
    assert seen(shown)[2:] == [f"{RESULT.id} 10 s, 12/924 cells"]


def test_many_environments_are_counted_and_the_slowest_named() -> None:
    clock = Clock()
    shown, _ = progress(clock, terminal=True)
    for number in range(20):
        started(shown, replace(RESULT, id=f"environment-{number}"))
        clock.now += 0.25
    for number in range(3):
        shown.waiting(replace(RESULT, id=f"next-{number}"))
    lines = seen(shown)[2:]
    assert [line.split()[0] for line in lines[:-1]] == [f"environment-{number}" for number in range(6)]
    assert lines[-1] == "and 14 more, 3 waiting"


def test_without_a_terminal_a_line_now_and_then_names_the_slowest() -> None:
    clock = Clock()
    shown, screen = progress(clock, terminal=False)
    started(shown, SLOW)
    clock.now += 1
    started(shown, RESULT)
    shown.carried("slow", 20)
    shown.results(CELLS[:5])
    assert screen.getvalue().splitlines() == ["    0 s  resolving 3 environments"]
    clock.now += 10
    shown.tick()
    shown.tick()
    _, line = screen.getvalue().splitlines()
    assert line.split("  ")[-1] == "longest: slow 11 s, 20/500 cells, nothing new for 10 s"
    assert "cells 25/1464" in line


def test_of_two_runs_in_a_row_the_second_begins_at_nothing() -> None:
    clock = Clock()
    shown, screen = progress(clock, terminal=False)
    shown.carried("slow", 500)
    shown.begin({"quick": 40})
    shown.carried("quick", 40)
    clock.now += 10
    shown.tick()
    assert "cells 40/40  known 40" in screen.getvalue()


def test_the_lane_and_the_check_that_run_are_named() -> None:
    clock = Clock()
    shown, screen = progress(clock, terminal=False)
    started(shown, SLOW)
    shown.asking("slow", "asyncio-default/try_suite")
    clock.now += 9
    shown.tick()
    assert "longest: slow 9 s, starting the first cells: asyncio-default/try_suite" in screen.getvalue()
    shown.carried("slow", 3)
    shown.asking("slow", "epoll")
    shown.asking("one that has ended", "epoll")
    clock.now += 9
    shown.tick()
    assert "longest: slow 18 s, 3/500 cells: epoll, nothing new for 9 s" in screen.getvalue()
