"""Where middlewares and handlers of signals may await: what was verified by hand, in an old Scrapy and in a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

FAMILIES = ("downloadermw_", "spidermw_", "signal_")
HELPERS = ("direct", "copied_maybe_deferred_to_future")
LANES = ("select", "asyncio-default")

NOT_WAITED_FOR = {
    "signal_response_received": "never-awaited",
    "signal_spider_idle": "never-awaited",
    "spidermw_process_spider_input": "never-awaited",
}
"""What no release awaits, and no documentation says it does: why it fails, with every helper and in every lane."""
BEFORE_2_7 = NOT_WAITED_FOR | {
    "spidermw_mixed": "never-awaited",
    "spidermw_process_spider_exception": "never-awaited",
    "spidermw_process_spider_output": "never-awaited",
    "spidermw_process_start_requests": "never-awaited",
}
# From 2.16 on the one that is not async keeps the crawl from starting.
SINCE_2_16 = NOT_WAITED_FOR | {"spidermw_mixed": "raised-type-error"}

# Python, Scrapy, profile; what fails there in any case; how many scenarios there are to ask.
ENVIRONMENTS = [
    ("3.8", "2.5.1", "era", BEFORE_2_7, 19),
    ("3.13", "2.19.0", "latest", SINCE_2_16, 22),
]


def outcome_of_awaiting(lane: str, helper: str) -> tuple[Outcome, str | None]:
    """What awaiting a pending Deferred gives wherever Scrapy drives the coroutine."""
    if lane == "asyncio-default" and helper == "direct":
        return Outcome.FAIL, "task-got-bad-yield"
    return Outcome.PASS, None


def seen(results: list[CellResult]) -> dict[tuple[str, str, str], tuple[Outcome, str | None]]:
    return {
        (result.key.lane, result.key.scenario, result.key.helper): (result.outcome, result.mechanism)
        for result in results
    }


@pytest.mark.parametrize(("python", "scrapy", "profile", "failing", "count"), ENVIRONMENTS)
def test_middlewares_and_handlers_await_where_they_were_seen_to(
    cache: Path, python: str, scrapy: str, profile: str, failing: dict[str, str], count: int
) -> None:
    planned = next(
        env
        for env in live.plan_of(python, scrapy, profile, LANES, [f"{family}*" for family in FAMILIES]).environments
        if env.status is None
    )
    provided = live.provide(cache, planned)
    cells = [
        (lane.name, scenario, helper)
        for lane in planned.lanes
        if lane.status is None
        for scenario, helper in lane.cells
        if scenario.startswith(FAMILIES) and helper in HELPERS
    ]
    assert len(cells) == count * len(LANES) * len(HELPERS)
    batches = [live.batch_of(lane, [cell[1:] for cell in cells if cell[0] == lane]) for lane in LANES]
    results, _ = live.run_cells(provided, batches)
    assert seen(results) == {
        (lane, scenario, helper): (Outcome.FAIL, failing[scenario])
        if scenario in failing
        else outcome_of_awaiting(lane, helper)
        for lane, scenario, helper in cells
    }


@pytest.mark.parametrize("lane", LANES)
def test_a_handler_that_nobody_waits_for_does_not_pass_however_right_its_value_is(
    environment: ProvidedEnvironment, lane: str
) -> None:
    cells = [("waits_for_nobody", "maybe_deferred_to_future")]
    (result,), _ = live.run_cells(environment, [live.batch_of(lane, cells)], scenarios=[live.SICK])
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, "wrong-order")
    # Whether the value comes before the crawl is over is a matter of time; the order is not.
    assert str(result.detail).startswith("seen were ['scheduled'")
