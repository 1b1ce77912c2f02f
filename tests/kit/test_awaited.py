"""What asyncio, libraries and coroutines made Deferreds give: outcomes checked by hand, in a new and an old Scrapy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.runner.work import Batch
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

HELPERS = ("direct", "deferred_to_future", "maybe_deferred_to_future")
OVERLAYS = {"library_treq": "treq", "library_aiohttp": "aiohttp"}

Expected = Mapping[str, str | tuple[str, str, str]]
"""By scenario: `pass` or the mechanism; one for each of `HELPERS` where a Deferred is awaited."""

PASS = ("pass", "pass", "pass")
BAD_YIELD = ("task-got-bad-yield", "pass", "pass")
NEEDS_ASYNCIO = ("pass", "needs-asyncio-reactor", "pass")
NOT_WITH_FUTURE = "await-wasnt-used-with-future"
NO_REACTOR = ("reactor-import-forbidden",) * 3
TWISTED_DRIVES = ("pass", NOT_WITH_FUTURE, NOT_WITH_FUTURE)
"""`ensureDeferred` wants Deferreds, and `maybe_deferred_to_future` cannot know that."""

ASYNCIO_WORKS: Expected = {
    "await_sleep": "pass",
    "await_sleep_zero": "pass",
    "await_done_future": "pass",
    "await_pending_future": "pass",
    "await_task": "pass",
    "await_executor": "pass",
    "await_subprocess": "pass",
    "await_streams": "pass",
    "await_event_from_thread": "pass",
    "await_gather": BAD_YIELD,
    "await_wait_for": BAD_YIELD,
    "library_treq": BAD_YIELD,
    "library_agent": BAD_YIELD,
    "library_adbapi": BAD_YIELD,
    "library_aiohttp": "pass",
    "reverse_deferred_from_coro": BAD_YIELD,
    "reverse_deferred_f_from_coro_f": BAD_YIELD,
    "reverse_ensure_deferred": TWISTED_DRIVES,
    "reverse_from_coroutine": TWISTED_DRIVES,
    "reverse_from_future": BAD_YIELD,
    "reverse_round_trip": BAD_YIELD,
}
NEW_WITHOUT_ASYNCIO: Expected = {
    "await_sleep": "no-event-loop",
    "await_sleep_zero": "pass",
    "await_done_future": "pass",
    "await_pending_future": NOT_WITH_FUTURE,
    "await_task": NOT_WITH_FUTURE,
    "await_executor": NOT_WITH_FUTURE,
    "await_subprocess": "no-event-loop",
    "await_streams": "no-event-loop",
    "await_event_from_thread": "no-event-loop",
    "await_gather": (NOT_WITH_FUTURE, "needs-asyncio-reactor", NOT_WITH_FUTURE),
    "await_wait_for": ("no-event-loop", "needs-asyncio-reactor", "no-event-loop"),
    "library_treq": NEEDS_ASYNCIO,
    "library_agent": NEEDS_ASYNCIO,
    "library_adbapi": NEEDS_ASYNCIO,
    "library_aiohttp": "no-event-loop",
    "reverse_deferred_from_coro": NEEDS_ASYNCIO,
    "reverse_deferred_f_from_coro_f": NEEDS_ASYNCIO,
    "reverse_ensure_deferred": NEEDS_ASYNCIO,
    "reverse_from_coroutine": NEEDS_ASYNCIO,
    "reverse_from_future": ("loop-not-running", "needs-asyncio-reactor", "loop-not-running"),
    "reverse_round_trip": NEEDS_ASYNCIO,
    "asked_early_deferred_to_future": "no-reactor-installed",
    "asked_early_maybe_deferred_to_future": "no-reactor-installed",
    "asked_early_ensure_awaitable": "no-reactor-installed",
    "asked_early_is_asyncio_available": "no-reactor-installed",
    "asked_early_is_asyncio_reactor_installed": "no-reactor-installed",
    "asked_in_loop_deferred_to_future": "pass",
    "asked_in_loop_maybe_deferred_to_future": "pass",
    "asked_in_loop_ensure_awaitable": "pass",
    "asked_in_loop_is_asyncio_available": "pass",
    "asked_in_loop_is_asyncio_reactor_installed": "pass",
}
OLD_WITHOUT_ASYNCIO: Expected = {
    **NEW_WITHOUT_ASYNCIO,
    "await_streams": NOT_WITH_FUTURE,
    "await_event_from_thread": NOT_WITH_FUTURE,
    "await_gather": (NOT_WITH_FUTURE,) * 3,
    "await_wait_for": ("no-event-loop",) * 3,
    "library_aiohttp": "not-in-a-task",
    **{
        name: ("pass", NOT_WITH_FUTURE, "pass")
        for name, expected in NEW_WITHOUT_ASYNCIO.items()
        if expected == NEEDS_ASYNCIO
    },
    "reverse_from_future": ("loop-not-running", NOT_WITH_FUTURE, "loop-not-running"),
    "asked_early_deferred_to_future": "pass",
    "asked_early_maybe_deferred_to_future": "installed-a-reactor",
    "asked_early_is_asyncio_reactor_installed": "installed-a-reactor",
}
WITHOUT_A_REACTOR: Expected = {
    **ASYNCIO_WORKS,
    **dict.fromkeys(["library_treq", "library_agent", "library_adbapi"], NO_REACTOR),
}
SINCE_2_14 = {
    "asked_early_ensure_awaitable",
    "asked_early_is_asyncio_available",
    "asked_in_loop_ensure_awaitable",
    "asked_in_loop_is_asyncio_available",
}

NEW = {"default": NEW_WITHOUT_ASYNCIO, "asyncio-default": ASYNCIO_WORKS, "none-default": WITHOUT_A_REACTOR}
OLD = {
    "default": {name: expected for name, expected in OLD_WITHOUT_ASYNCIO.items() if name not in SINCE_2_14},
    "asyncio-default": ASYNCIO_WORKS,
    "asyncio-uvloop": ASYNCIO_WORKS,
}


@pytest.mark.parametrize(
    ("python", "scrapy", "profile", "lanes"),
    [
        pytest.param(live.SOME, "2.19.0", "latest", NEW, marks=pytest.mark.some_python, id="new"),
        pytest.param("3.8", "2.6.3", "era", OLD, marks=pytest.mark.python38, id="old"),
    ],
)
def test_what_is_awaited_comes_out_as_checked_by_hand(
    cache: Path, python: str, scrapy: str, profile: str, lanes: dict[str, Expected]
) -> None:
    planned = next(env for env in live.plan_of(python, scrapy, profile).environments if env.status is None)
    provided = live.provide(cache, planned, [*OVERLAYS.values(), "uvloop"])
    batches = [batch for lane, scenarios in lanes.items() for batch in batches_of(provided, lane, scenarios)]
    results, _ = live.run_cells(provided, batches, deadline=10)
    found = {result.key: result.mechanism or result.outcome.value for result in results}
    wanted = {
        (lane, name, helper): each
        for lane, scenarios in lanes.items()
        for name, expected in scenarios.items()
        for helper, each in outcomes_of(expected).items()
    }
    assert {(key.lane, key.scenario, key.helper): outcome for key, outcome in found.items()} == wanted


def outcomes_of(expected: str | tuple[str, str, str]) -> dict[str, str]:
    """What is expected, by helper."""
    return {"none": expected} if isinstance(expected, str) else dict(zip(HELPERS, expected, strict=True))


def batches_of(provided: ProvidedEnvironment, lane: str, scenarios: Expected) -> list[Batch]:
    """All in one batch, except for programs and for what needs an overlay of its own."""
    of_lane = ["uvloop"] if lane.endswith("uvloop") else []
    groups: dict[str, list[str]] = {}
    for name in scenarios:
        groups.setdefault(name if name in OVERLAYS or name.startswith("asked_") else "", []).append(name)
    return [
        live.batch_of(
            lane,
            [(name, helper) for name in names for helper in outcomes_of(scenarios[name])],
            [provided.overlays[each] for each in [*of_lane, *([OVERLAYS[key]] if key in OVERLAYS else [])]],
        )
        for key, names in groups.items()
    ]
