"""Places where Scrapy lets one await, in an old and in a new release: the outcomes that plain scripts showed, too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(900)]

HELPERS = ("direct", "copied_maybe_deferred_to_future")
LANES = ("default", "asyncio-default")

# What the two helpers give in the two lanes, in that order: `pass`, or the mechanism of the failure.
AWAITED = ("pass", "pass", "task-got-bad-yield", "pass")
NEVER = ("never-awaited",) * 4
NOTHING = ("no-effect-seen",) * 4
NEVER_ON_ASYNCIO = ("pass", "pass", "never-awaited", "never-awaited")


def awaited_but(mechanism: str) -> tuple[str, ...]:
    """The await works where it always does, and what has to come of it does not."""
    return (mechanism, mechanism, "task-got-bad-yield", mechanism)


OLD = {
    "spider_async_generator": AWAITED,
    "spider_errback": AWAITED,
    "spider_start_requests": NEVER,
    "spider_crawl_rule": awaited_but("effect-missing"),
    "pipeline_process_item": AWAITED,
    "pipeline_open_spider": NEVER,
    "pipeline_close_spider": NEVER,
    "pipeline_files_item_completed": NEVER,
    "pipeline_get_media_requests": NEVER,
    "pipeline_media_to_download": NEVER,
    "pipeline_media_downloaded": NEVER,
    "feed_storage_store": NEVER,
    "download_handler": NEVER,
    "download_handler_deferred": AWAITED,
    "scheduler_open": NEVER,
    "dupefilter_open": NEVER,
    "extension_spider_opened": AWAITED,
    "extension_spider_closed": AWAITED,
    "output_streamed": awaited_but("processed-at-the-end"),
    "output_before_error": awaited_but("output-lost"),
}
NEW = {
    **dict.fromkeys(OLD, AWAITED),
    "spider_start": AWAITED,
    "spider_start_requests": NOTHING,
    "pipeline_files_item_completed": NEVER,
    "pipeline_get_media_requests": NEVER,
    "scheduler_open": NEVER_ON_ASYNCIO,
    "dupefilter_open": NEVER_ON_ASYNCIO,
}


def outcomes(
    cache: Path, environment: tuple[str, str, str], lanes: Sequence[str], cells: Sequence[tuple[str, str]]
) -> dict[tuple[str, str, str], str]:
    """`pass`, or the mechanism of the failure, by scenario, lane and helper."""
    planned = next(env for env in live.plan_of(*environment).environments if env.status is None)
    batches = [live.batch_of(lane, cells) for lane in lanes]
    results, _ = live.run_cells(live.provide(cache, planned), batches, scenarios=[live.SICK], deadline=30)
    return {
        (result.key.scenario, result.key.lane, result.key.helper): result.mechanism or result.outcome.value
        for result in results
    }


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param(("3.8", "2.5.1", "era"), OLD, marks=pytest.mark.python38, id="2.5.1"),
        pytest.param((live.SOME, "2.19.0", "latest"), NEW, marks=pytest.mark.some_python, id="2.19.0"),
    ],
)
def test_places_do_what_they_do_in_plain_scripts(
    cache: Path, environment: tuple[str, str, str], expected: dict[str, tuple[str, ...]]
) -> None:
    found = outcomes(cache, environment, LANES, [(name, helper) for name in expected for helper in HELPERS])
    assert expected == {
        name: tuple(found[name, lane, helper] for lane in LANES for helper in HELPERS) for name in expected
    }


@pytest.mark.some_python
def test_a_scrapy_that_does_not_wait_for_a_pipeline_to_open_is_found_out(cache: Path) -> None:
    cells = [("place_opens_without_waiting", HELPERS[1])]
    found = outcomes(cache, (live.SOME, "2.19.0", "latest"), LANES, cells)
    assert list(found.values()) == ["wrong-order"] * len(LANES)


@pytest.mark.some_python
@pytest.mark.parametrize(("scrapy", "expected"), [("2.15.2", "pass"), ("2.19.0", "silently-ignored")])
def test_a_plain_start_requests_is_ignored_by_new_releases(cache: Path, scrapy: str, expected: str) -> None:
    found = outcomes(cache, (live.SOME, scrapy, "latest"), LANES, [("spider_start_requests_plain", "none")])
    assert set(found.values()) == {expected}


@pytest.mark.python38
def test_an_error_whose_traceback_twisted_took_is_told_of_its_cell(cache: Path) -> None:
    names = ("spider_errback", "extension_spider_opened", "extension_spider_closed")
    found = outcomes(cache, ("3.8", "2.5.1", "era"), ["default"], [(name, "as_future") for name in names])
    assert set(found.values()) == {"await-wasnt-used-with-future"}
    assert len(found) == len(names)
