"""What a person sees while a run goes on, with a clock of the test's own."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from harness.progress import RunProgress
from harness.results import EnvironmentResult
from tests.synthetic import make_environments, make_results
from tests.test_view import ALL, GOOD, only

PLAN = only(ALL, GOOD)
(RESULT,) = make_environments(PLAN)
CELLS = list(make_results(PLAN))
SLOW, QUICK = (replace(RESULT, id=name) for name in ("slow", "quick"))


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def progress(clock: Clock, *, terminal: bool) -> tuple[RunProgress, io.StringIO]:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=120 if terminal else 10_000, color_system=None)
    return RunProgress(console, cells={"slow": 500, "quick": 40, RESULT.id: 924}, clock=clock), screen


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
    assert seen(shown)[2:] == ["slow 2 s, being made", "quick 0 s, being made"]
    started(shown, SLOW, QUICK)
    shown.carried("quick", 30)
    clock.now += 4
    assert seen(shown)[1:] == ["environments 0/3 known 30", "slow 4 s, 0/500 cells", "quick 4 s, 30/40 cells"]
    shown.environment_done("quick")
    assert seen(shown)[1:] == ["environments 1/3 known 30", "slow 4 s, 0/500 cells"]


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
    shown.results(CELLS[:5])
    assert screen.getvalue() == ""
    clock.now += 10
    shown.tick()
    shown.tick()
    (line,) = screen.getvalue().splitlines()
    assert line.split("  ")[-1] == "longest: slow 11 s, 0/500 cells, nothing new for 11 s"
    assert "cells 5/1464" in line
