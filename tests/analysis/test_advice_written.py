"""Each `write:` line that `advise --have` can give is put into the source it was given for and run in real cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.analysis.advice.snippets import advised_code, function_name
from harness.analysis.advice.source_check import SourceCheck
from harness.analysis.advice.version_ranges import Segment
from harness.infra.resources import scenarios_dir
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from tests.support import live
from tests.support.known_cells import known

SCRAPY = "2.19.0"
EPOLL, ASYNCIO, NO_REACTOR = LANES = ("epoll", "asyncio-default", "none-default")
COPIED = (scenarios_dir() / "kit" / "helper_copies.py").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """What is advised, and the lanes that the advice speaks of."""

    helper: str | None
    lanes: tuple[str, ...]
    by_reactor: tuple[tuple[str, str | None], ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        return (Segment(helper=self.helper, releases=(SCRAPY,), by_reactor=self.by_reactor),)


ADVISED = {
    "bare": Advised(helper="direct", lanes=(EPOLL,)),
    "deferred_to_future": Advised(helper="deferred_to_future", lanes=(ASYNCIO, NO_REACTOR)),
    "copied_deferred_to_future": Advised(helper="copied_deferred_to_future", lanes=(ASYNCIO, NO_REACTOR)),
    "maybe": Advised(helper="maybe_deferred_to_future", lanes=LANES),
    "copied_maybe": Advised(helper="copied_maybe_deferred_to_future", lanes=(EPOLL, ASYNCIO)),
    "ensure_awaitable": Advised(helper="ensure_awaitable", lanes=LANES),
    "as_future": Advised(helper="as_future", lanes=(ASYNCIO, NO_REACTOR)),
    "by_reactor": Advised(
        helper=None,
        lanes=LANES,
        by_reactor=(("asyncio", "deferred_to_future"), ("none", "deferred_to_future"), ("other", "direct")),
    ),
}
HAVE = {
    "direct": "await deferred",
    "as_future": "await deferred.asFuture(asyncio.get_event_loop())",
    "deferred_to_future": "await deferred_to_future(deferred)",
    "maybe_deferred_to_future": "await maybe_deferred_to_future(deferred)",
}
"""Lines that users have, by the helper that they use."""
SOURCE = '''\
"""Await a Deferred with the line that `advise --have` writes."""

import asyncio

from kit.deferreds import later
from kit.scenario import Scenario
from scrapy.utils.defer import deferred_to_future, maybe_deferred_to_future
from twisted.internet.defer import maybeDeferred

{code}

class {title}(Scenario):
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        deferred = maybeDeferred(later, "value")
        value = {line}
        return self.arrived(value)
'''


def written(advised: Advised, helper: str) -> str | None:
    """Return the line to write where `helper` breaks in each lane, and what is advised passes."""
    helpers = {each for segment in advised.segments for each in segment.helpers}
    cells: list[KnownCell] = []
    for lane in advised.lanes:
        for each in {*helpers, *HAVE}:
            at = CellCoordinates("linux", "3.12", SCRAPY, "latest", lane, "callback_pending", each)
            passes = each in helpers and each != helper
            cells.append(known(at, Outcome.PASS if passes else Outcome.FAIL, None if passes else "wrong-value"))
    name = None if helpers == {"direct"} else function_name(advised.segments)
    source = SOURCE.format(code="", title="Users", line=HAVE[helper])
    checked = SourceCheck(cells, name=name, advised=sorted(helpers)).check({Path("users.py"): source})[Path("users.py")]
    (use,) = checked.uses
    assert use.helper == helper
    return use.instead


def written_scenarios() -> dict[str, tuple[Advised, str]]:
    """Return the lines with the code that goes with them, by the name of a scenario that runs them."""
    found = {}
    for name, advised in ADVISED.items():
        for helper in HAVE:
            line = written(advised, helper)
            if line is not None:
                found[f"{name}_for_{helper}"] = (advised, line.removeprefix("value = "))
    return found


def test_a_line_is_written_for_all_that_users_have_but_what_is_advised() -> None:
    lines = {line for _, line in written_scenarios().values()}
    assert lines == {
        "await deferred", "await awaitable(deferred)", "await deferred_to_future(deferred)",
        "await maybe_deferred_to_future(deferred)", "await ensure_awaitable(deferred)",
    }  # fmt: skip
    assert written(ADVISED["bare"], "direct") is None
    assert written(ADVISED["maybe"], "maybe_deferred_to_future") is None


@pytest.mark.index
@pytest.mark.timeout(900)
def test_each_written_line_passes_in_the_cells_that_it_speaks_of(cache: Path, tmp_path: Path) -> None:
    scenarios = written_scenarios()
    for name, (advised, line) in scenarios.items():
        text = SOURCE.format(
            code=advised_code(advised.segments, COPIED), title=name.title().replace("_", ""), line=line
        )
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    plan = live.plan_of(live.HERE, SCRAPY, "latest", LANES)
    planned = next(env for env in plan.environments if env.status is None)
    overlays = sorted({overlay for lane in planned.lanes for overlay in lane.overlays})
    provided = live.provide(cache, planned, overlays)
    batches = [
        live.batch_of(
            lane,
            [(name, "none") for name, (advised, _) in scenarios.items() if lane in advised.lanes],
            list(provided.overlays.values()),
            folders=[tmp_path],
        )
        for lane in LANES
    ]
    results, _ = live.run_cells(provided, batches, scenarios=[tmp_path])
    expected = {(lane, name) for name, (advised, _) in scenarios.items() for lane in advised.lanes}
    assert {(each.key.lane, each.key.scenario): (each.outcome, each.detail) for each in results} == dict.fromkeys(
        expected, (Outcome.PASS, None)
    )
