"""What `try` does with a Scrapy project: its spiders today, then on the path to the newest of everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.runner.progress import RunProgress
from harness.store.run_directory import Runs
from harness.targets.checks import CONTRACTS, SPIDERS, Control, project_control_of
from harness.targets.target_plan import AskedChecks, Place
from harness.targets.tried_target import ReadTarget, TriedTarget
from harness.targets.wheel import BuiltTarget
from harness.workspace import Filters

_STOPS = 3
"""Environments in which no spider starts: what stops all of them there is seldom Scrapy."""
_VARIABLE = "needs-environment-variable"
"""What stops spiders with every release."""
RunAsked = Callable[[AskedChecks, Control | None, Place], str]
"""Runs what is asked, compared with a control, one place first; returns the id of the run that knows it."""


def try_project(
    read: ReadTarget,
    everywhere: AskedChecks,
    run: RunAsked,
    progress: RunProgress,
    *,
    built: BuiltTarget,
    lane: str,
    tell: Callable[[TriedTarget], object],
) -> TriedTarget:
    """Start a project's spiders as they run today, then everywhere as its settings say, then all else; raises as `run`.

    `lane`: that in which nothing is forced upon them. `tell` hears the first answer, before any lane is tried.
    """
    broken: list[tuple[Place, Control, str]] = []

    def tried(place: Place, control: Control, passed: list[tuple[Place, Control, str]], run_id: str) -> TriedTarget:
        passed_over = tuple((where, each.stopped) for where, each, _ in passed)
        return TriedTarget(
            read=read, built=built, control=control, control_at=place, passed_over=passed_over, run_id=run_id
        )

    for place in read.controls[:_STOPS]:
        progress.step(f"the control, {place.told}: its spiders, as they run today")
        control, run_id = _control_at(
            read, replace(everywhere, places=[place], lanes=(lane,), filters=Filters()), place, run
        )
        if not control.stopped:
            # Who names cells wants these and nothing before.
            named = everywhere.filters.cell or everywhere.filters.scenario
            if lane in everywhere.lanes and SPIDERS in everywhere.checks and not named:
                progress.step("its spiders everywhere, as its settings say")
                first = run(replace(everywhere, checks=(SPIDERS,), lanes=(lane,)), control, place)
                tell(tried(place, control, broken, first))
            progress.step("its spiders in lanes")
            return tried(place, control, broken, run(everywhere, control, place))
        broken.append((place, control, run_id))
        if _VARIABLE in control.stopped:
            break
    # There is nothing to compare with: what the first has shown is all there is to say.
    place, control, run_id = broken[0]
    return tried(place, control, broken[1:], run_id)


def _control_at(read: ReadTarget, asked: AskedChecks, place: Place, run: RunAsked) -> tuple[Control, str]:
    checks = (SPIDERS, CONTRACTS) if CONTRACTS in asked.checks else (SPIDERS,)
    run_id = run(replace(asked, checks=checks), None, place)
    with Runs(read.state).open(run_id) as store:
        environments = store.environments(locks=False).values()
        found = {key.scenario: store.cell(key) for key in store.keys()}
    reasons = [f"{each.status}: {each.reason}" for each in environments if each.status is not None]
    obstacle = [*reasons, "it was not run"][0]
    control = project_control_of(found.get(SPIDERS), found.get(CONTRACTS), obstacle)
    return replace(control, flaky=()), run_id
