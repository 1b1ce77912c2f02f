"""Where Scrapy imports and no crawl starts, places and programs are as broken as everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.model.outcome import Outcome
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

# Neither Twisted nor anything else has releases for Python 3.7 any more: this stays as it is.
DEAD = ("3.7", "2.9.0", "latest")
HELPER = "maybe_deferred_to_future"


def outcomes(
    cache: Path, environment: tuple[str, str, str], cells: list[tuple[str, str]], *, isolate: bool = False
) -> dict[str, tuple[Outcome, str | None]]:
    planned = next(env for env in live.plan_of(*environment).environments if env.status is None)
    batches = [live.batch_of("default", [cell]) for cell in cells]
    results, _ = live.run_cells(live.provide(cache, planned), batches, scenarios=[live.SICK], isolate=isolate)
    assert len(results) == len(cells)
    return {result.key.scenario: (result.outcome, result.mechanism) for result in results}


@pytest.mark.python37
@pytest.mark.parametrize("isolate", [False, True], ids=["batched", "isolated"])
def test_what_needs_a_crawl_is_broken_and_what_needs_none_is_answered(cache: Path, *, isolate: bool) -> None:
    cells = [("callback_pending", HELPER), ("pipeline_process_item", HELPER), ("start_crawler_process", HELPER),
             ("start_command_line", HELPER), ("asked_in_loop_is_asyncio_reactor_installed", "none")]  # fmt: skip
    found = outcomes(cache, DEAD, cells, isolate=isolate)
    answered = found.pop("asked_in_loop_is_asyncio_reactor_installed")
    assert answered == (Outcome.PASS, None)
    assert set(found.values()) == {(Outcome.BROKEN, "no-attribute-_handleSignals")}


@pytest.mark.python37
def test_a_plugin_that_does_not_import_is_to_blame_also_there(cache: Path) -> None:
    found = outcomes(cache, DEAD, [("program_names_plugin", "none")])
    assert found == {"program_names_plugin": (Outcome.FAIL, "import-failed-plugin_that_fails")}


def test_a_program_that_fails_where_crawls_start_has_failed(environment: ProvidedEnvironment) -> None:
    batches = [live.batch_of("default", [("program_raises", "none")])]
    (result,), _ = live.run_cells(environment, batches, scenarios=[live.SICK])
    assert (result.outcome, result.mechanism) == (Outcome.FAIL, "raised-lookup-error")
