"""Makes plausible plans and results of any size, so that stores and reports can be tested without running anything."""

from __future__ import annotations

import random
from collections.abc import Iterator

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult, EnvironmentResult, Evidence, Facts, OverlayResult
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane

SCRAPY_PYTHONS = {
    **dict.fromkeys(("2.0.1", "2.1.0", "2.2.1", "2.3.0", "2.4.1", "2.5.1"), (6, 9)),
    "2.6.3": (6, 10),
    **dict.fromkeys(("2.7.1", "2.8.0", "2.9.0"), (7, 11)),
    "2.10.1": (8, 11),
    "2.11.2": (8, 12),
    "2.12.0": (9, 13),
    "2.13.4": (9, 14),
    **dict.fromkeys(("2.14.2", "2.15.3"), (10, 14)),
    **dict.fromkeys(("2.16.0", "2.17.1", "2.18.0", "2.19.0"), (10, 15)),
}
"""Oldest and newest minor of Python 3 that a release of Scrapy knows."""

PYTHONS = (*(f"3.{minor}" for minor in range(6, 16)), "pypy3.11")
LANES = (
    *("default", "select", "poll", "epoll", "asyncio-default", "asyncio-selector", "asyncio-uvloop", "asyncio-rloop"),
    *("none-default", "none-selector", "none-uvloop", "none-rloop"),
)
SCENARIOS = tuple(
    f"callback_{name}"
    for name in (
        *("pending", "fired", "failing", "cancelled", "from_thread", "deferred_list", "inline_callbacks"),
        *("nested", "shared", "chained", "inline_request"),
    )
)
HELPERS = (
    *("direct", "deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable", "copied_deferred_to_future"),
    *("copied_maybe_deferred_to_future", "as_future"),
)
CELLS = tuple((scenario, helper) for scenario in SCENARIOS for helper in HELPERS)


def minor(scrapy: str) -> int:
    return int(scrapy.split(".")[1])


def make_plan(cells: int) -> Plan:
    """A plan of at least `cells` cells (or all there are), its environments taken evenly from all combinations."""
    combinations = [(scrapy, python, profile) for scrapy in SCRAPY_PYTHONS for python in PYTHONS
                    for profile in ("latest", "era")]  # fmt: skip
    count = min(len(combinations), -(-cells // (len(LANES) * len(CELLS))))
    chosen = [combinations[index * len(combinations) // count] for index in range(count)]
    return Plan(name="synthetic", environments=tuple(_environment(*each) for each in chosen))


def _environment(scrapy: str, python: str, profile: str) -> PlannedEnvironment:
    lanes = []
    for name in LANES:
        missing = name.startswith("none") and minor(scrapy) < 15
        overlays = tuple(loop for loop in ("uvloop", "rloop") if name.endswith(loop))
        lanes.append(
            PlannedLane(
                name=name,
                status=Outcome.UNSUPPORTED if missing else None,
                reason="no reactor at all is new in Scrapy 2.15" if missing else None,
                overlays=overlays,
                cells=CELLS,
            )
        )
    return PlannedEnvironment(
        id=EnvironmentId("linux", python, scrapy, profile).id, platform="linux", python=python, scrapy=scrapy,
        requirement=f"scrapy=={scrapy}", profile=profile, exclude_newer=None, exempt={}, constraints=(),
        status=None, reason=None, lanes=tuple(lanes),
    )  # fmt: skip


def make_environments(plan: Plan, *, healthy: bool = False) -> list[EnvironmentResult]:
    """What became of the plan's environments: about a quarter can be used, or all of them if `healthy`."""
    return [_environment_result(planned, healthy=healthy) for planned in plan.environments]


def _environment_result(planned: PlannedEnvironment, *, healthy: bool) -> EnvironmentResult:
    number = 11 if planned.python.startswith("pypy") else int(planned.python.split(".")[1])
    oldest, newest = next(ends for each, ends in SCRAPY_PYTHONS.items() if minor(each) == minor(planned.scrapy))
    status: Outcome | None = None
    reason = None
    if healthy:
        number = 15
    elif planned.python == "3.15":
        status, reason = Outcome.MISSING_INTERPRETER, "no Python 3.15 found; `uv python install 3.15` gets one"
    elif number < oldest:
        status, reason = Outcome.UNINSTALLABLE, f"scrapy=={planned.scrapy} needs Python>=3.{oldest}"
    elif planned.profile == "era" and number > newest:
        status, reason = Outcome.UNINSTALLABLE, f"no wheel of lxml for Python {planned.python} in that release's time"
    elif planned.profile == "latest" and minor(planned.scrapy) <= 12:
        status, reason = Outcome.BROKEN, "ImportError: cannot import name '_safe_chars' from 'w3lib.url'"
    lock = "".join(f"{name}==1.{index}.0 \\\n    --hash=sha256:{index:064x}\n" for index, name in
                   enumerate(("scrapy", "twisted", "lxml", "w3lib", planned.profile)))  # fmt: skip
    overlays = (
        OverlayResult(name="uvloop", status=None, reason=None, lock="uvloop==0.21.0\n", fingerprint="u"),
        OverlayResult(name="rloop", status=None if number >= 9 else Outcome.UNINSTALLABLE,
                      reason=None if number >= 9 else "no version of rloop for this Python",
                      lock="rloop==0.2.0\n" if number >= 9 else "", fingerprint="r"),
    )  # fmt: skip
    return EnvironmentResult(
        id=planned.id, platform="linux", python=planned.python, scrapy=planned.scrapy, profile=planned.profile,
        status=status, reason=reason, detail="the whole\ntext" if status is not None else None,
        fingerprint=f"env:{planned.id}", interpreter=f"CPython {planned.python}.1",
        versions={"scrapy": planned.scrapy, "twisted": "25.5.0", "python_build": f"CPython {planned.python}.1"},
        lock=lock if status is None else "", overlays=overlays if status is None else (),
    )  # fmt: skip


def make_results(
    plan: Plan, *, healthy: bool = False, adversarial: bool = False, seed: int = 1
) -> Iterator[CellResult]:
    """A result for every cell that could be run; `adversarial` ones differ in everything and are hostile."""
    chance = random.Random(seed)
    environments = {each.id: each for each in make_environments(plan, healthy=healthy)}
    for planned in plan.environments:
        found = environments[planned.id]
        if found.status is not None:
            continue
        refused = {overlay.name for overlay in found.overlays if overlay.status is not None}
        for lane in planned.lanes:
            if lane.status is not None or refused.intersection(lane.overlays):
                continue
            for scenario, helper in lane.cells:
                key = CellKey(planned.id, lane.name, scenario, helper)
                mark = f"{planned.id}|{lane.name}|{scenario}"
                yield _hostile(key, mark, chance) if adversarial else _plausible(key, mark, minor(planned.scrapy))


HOSTILE = "<script>alert(1)</script> | `a` ](x) \x1b[31mred\x07 \u202e\r\n# h\n| b | *c* _d_ &amp; \\ ~~e~~ @user #1 "


def _hostile(key: CellKey, mark: str, chance: random.Random) -> CellResult:
    outcome = chance.choice((Outcome.PASS, Outcome.FAIL, Outcome.HANG, Outcome.CRASH, Outcome.MISCONFIGURED))
    return CellResult(
        key=key, outcome=outcome,
        mechanism=None if outcome == Outcome.PASS else f"m|`{chance.randrange(10**9)}<b>",
        detail=HOSTILE + str(chance.randrange(10**9)), close=chance.choice(tuple(Close)),
        facts=Facts(reactor=f"r.R{chance.randrange(10**6)}", loop="a|`b", policy=None),
        seconds=round(chance.random(), 6), isolated=chance.random() < 0.5, fingerprint=mark,
        evidence=Evidence(exception=HOSTILE) if outcome != Outcome.PASS else None,
    )  # fmt: skip


def _plausible(key: CellKey, mark: str, release: int) -> CellResult:
    asyncio, none = key.lane.startswith("asyncio"), key.lane.startswith("none")
    reactor = f"twisted.internet.{'asyncioreactor.AsyncioSelectorReactor' if asyncio else 'epollreactor.EPollReactor'}"
    loop = None
    if asyncio or none:
        loop = "uvloop.Loop" if key.lane.endswith("uvloop") else "asyncio.unix_events._UnixSelectorEventLoop"
    facts = Facts(reactor=None if none else reactor, loop=loop, policy="asyncio.unix_events.Policy" if loop else None)
    outcome, mechanism, detail = _await(key, release, loop=asyncio or none)
    if asyncio and key.lane.endswith("loop") and release < 4:
        outcome, mechanism = Outcome.MISCONFIGURED, "loop-not-as-asked"
        detail = f"{key.lane} asks for uvloop.Loop, the process ran on asyncio.unix_events._UnixSelectorEventLoop"
    evidence = None
    if outcome not in (Outcome.PASS, Outcome.UNSUPPORTED):
        evidence = Evidence(exception=f"Traceback (most recent call last):\n  ...\n{mechanism}: {detail}\n")
    close = Close.UNCLEAN if key.scenario == "callback_failing" and key.helper == "as_future" else Close.CLEAN
    return CellResult(
        key=key, outcome=outcome, mechanism=mechanism, detail=detail, close=close, facts=facts, seconds=0.0034,
        isolated=outcome in (Outcome.HANG, Outcome.CRASH), fingerprint=mark, evidence=evidence,
    )  # fmt: skip


def _await(key: CellKey, release: int, *, loop: bool) -> tuple[Outcome, str | None, str | None]:
    helper, scenario = key.helper, key.scenario
    since = {"deferred_to_future": 6, "maybe_deferred_to_future": 6, "ensure_awaitable": 14}.get(helper, 0)
    if release < since:
        return Outcome.UNSUPPORTED, "helper-missing", f"{helper} is not in Scrapy 2.{release}"
    if helper == "direct" and loop and scenario not in ("callback_fired", "callback_nested"):
        return Outcome.FAIL, "task-got-bad-yield", "Task got bad yield: <Deferred at 0x7f>"
    if helper in ("as_future", "deferred_to_future", "copied_deferred_to_future") and not loop:
        return _future_without_loop(helper, scenario, release)
    if scenario == "callback_shared" and helper == "as_future" and key.lane == "asyncio-rloop":
        return Outcome.CRASH, "signal-11", "the process died of SIGSEGV"
    return Outcome.PASS, None, None


def _future_without_loop(helper: str, scenario: str, release: int) -> tuple[Outcome, str | None, str | None]:
    if release >= 14 and helper == "deferred_to_future":
        return Outcome.FAIL, "needs-asyncio", "deferred_to_future() requires AsyncioSelectorReactor"
    if scenario == "callback_from_thread":
        return Outcome.HANG, "future-never-awaited", "no progress for 10 s"
    return Outcome.FAIL, "await-wasnt-used-with-future", "await wasn't used with future"
