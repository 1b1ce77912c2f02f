from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from harness.infra import resources
from harness.infra.errors import ConfigurationError, StorageError
from harness.matrix.load import load_matrix, parse_matrix
from harness.matrix.spec import NEWEST_ERA_REASON, MatrixSpec
from harness.model.ids import EnvironmentId
from harness.model.outcome import Outcome
from harness.model.scenario_names import family_of
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane
from harness.plan.planner import make_plan
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection
from harness.scenarios.catalogue import load_scenarios

HELPERS = ("direct", "deferred_to_future", "as_future")
SCENARIOS = {
    "callback_pending": ScenarioInfo(helpers=HELPERS),
    "callback_fired": ScenarioInfo(helpers=HELPERS[:2]),
    "needs_treq": ScenarioInfo(helpers=("direct",), requires=("treq",), core=False),
    "only_asyncio": ScenarioInfo(helpers=("direct",), lanes=("asyncio-*",), core=False),
    "only_new": ScenarioInfo(helpers=("direct",), scrapy=">=2.14", core=False),
}


@pytest.fixture(scope="module")
def spec() -> MatrixSpec:
    return load_matrix(resources.matrix_file())


@pytest.fixture(scope="module")
def full(spec: MatrixSpec) -> Plan:
    return planned(spec, "full")


def planned(spec: MatrixSpec, plan: str, selection: Selection | None = None, **changes: object) -> Plan:
    arguments = {"platforms": ("linux",), "scenarios": SCENARIOS, "selection": selection or Selection(), **changes}
    return make_plan(spec, plan=plan, **arguments)  # type: ignore[arg-type]


def environment(plan: Plan, name: str) -> PlannedEnvironment:
    return next(environment for environment in plan.environments if environment.id == name)


def lanes(environment: PlannedEnvironment, name: str) -> list[PlannedLane]:
    return [lane for lane in environment.lanes if lane.name == name]


def test_an_environment_carries_everything_that_resolving_needs(full: Plan) -> None:
    old = environment(full, "linux-py3.8-scrapy2.0.1-era")
    assert old.requirement == "scrapy==2.0.1"
    assert old.exclude_newer == "2020-04-23"
    assert old.exempt == {"protego": "2024-12-31"}
    assert environment(full, "linux-py3.8-scrapy2.5.1-era").exempt == {}
    assert environment(full, "linux-pypy3.11-scrapy2.19.0-latest").exclude_newer is None


def test_a_package_may_be_exempt_on_some_platforms_only(spec: MatrixSpec) -> None:
    windows = planned(spec, "full", platforms=("windows",))
    assert "pywin32" in environment(windows, "windows-py3.8-scrapy2.5.1-era").exempt


def test_excluded_environments_are_in_the_plan_with_their_reason_and_without_cells(full: Plan) -> None:
    newest = environment(full, "linux-py3.12-scrapy2.19.0-era")
    assert newest.status is Outcome.EXCLUDED
    assert newest.reason == NEWEST_ERA_REASON
    assert newest.lanes == ()
    assert not any(key.environment == newest.id for key in full.keys())


def test_unsupported_lanes_are_in_the_plan_with_their_reason(full: Plan) -> None:
    (lane,) = [
        lane
        for lane in lanes(environment(full, "linux-py3.12-scrapy2.14.2-latest"), "none-uvloop")
        if "treq" not in lane.overlays
    ]
    assert lane.status is Outcome.UNSUPPORTED
    assert lane.reason is not None and "2.15" in lane.reason
    assert ("callback_pending", "direct") in lane.cells
    supported = lanes(environment(full, "linux-py3.12-scrapy2.15.2-latest"), "none-uvloop")
    assert [lane.status for lane in supported] == [None, None]


def test_lanes_of_other_platforms_are_not_in_the_plan(spec: MatrixSpec, full: Plan) -> None:
    names = {lane.name for environment in full.environments for lane in environment.lanes}
    assert not names & {"kqueue", "iocp", "asyncio-proactor"}
    windows = planned(spec, "full", platforms=("windows",))
    assert {lane.name for environment in windows.environments for lane in environment.lanes} >= {"iocp", "none-winloop"}


def test_a_scenario_with_requirements_costs_only_its_own_cells(full: Plan) -> None:
    plain, with_treq = lanes(environment(full, "linux-py3.12-scrapy2.19.0-latest"), "asyncio-uvloop")
    assert plain.overlays == ("uvloop",)
    assert with_treq.overlays == ("uvloop", "treq")
    assert with_treq.cells == (("needs_treq", "direct"),)


def test_a_scenario_is_not_asked_in_lanes_where_it_makes_no_sense(full: Plan) -> None:
    asked = {key.lane for key in full.keys() if key.scenario == "only_asyncio"}
    assert asked == {"asyncio-default", "asyncio-uvloop"}


def test_a_scenario_that_a_release_cannot_have_is_unsupported_there(full: Plan) -> None:
    found = [
        (lane.status, lane.reason)
        for lane in lanes(environment(full, "linux-py3.12-scrapy2.13.4-latest"), "select")
        if ("only_new", "direct") in lane.cells
    ]
    assert found == [(Outcome.UNSUPPORTED, "only_new needs Scrapy >=2.14")]


def test_the_smoke_plan_has_each_python_once_with_the_newest_scrapy_it_can_have(spec: MatrixSpec) -> None:
    smoke = planned(spec, "smoke")
    assert [(e.python, e.scrapy) for e in smoke.environments] == [
        ("3.6", "2.6.3"),
        ("3.7", "2.9.0"),
        ("3.8", "2.11.2"),
        ("3.9", "2.13.4"),
        *((key, "2.19.0") for key in ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "pypy3.11")),
    ]
    assert {key.lane for key in smoke.keys()} == {"default", "asyncio-default", "none-default"}
    assert {key.scenario for key in smoke.keys()} == {"callback_pending", "callback_fired"}


def test_the_default_plan_has_every_scrapy_as_of_today_and_as_of_its_time(spec: MatrixSpec) -> None:
    plan = planned(spec, "default")
    for profile in ("latest", "era"):
        assert {e.scrapy for e in plan.environments if e.profile == profile} == {s.label for s in spec.scrapys}
    assert {e.python for e in plan.environments} == {p.key for p in spec.pythons}
    assert [e.id for e in plan.environments if e.status is not None] == ["linux-py3.12-scrapy2.19.0-era"]


def test_the_full_plan_has_everything(spec: MatrixSpec, full: Plan) -> None:
    assert len(full.environments) == len(spec.pythons) * len(spec.scrapys) * len(spec.profiles)
    assert full.count == len(list(full.keys())) == len(set(full.keys()))
    unsupported = [lane for e in full.environments for lane in e.lanes if lane.status is not None]
    provided = [environment for environment in full.environments if environment.status is None]
    runnable = full.count - sum(len(lane.cells) for lane in unsupported)
    assert full.count_runnable() == (len(provided), runnable)


def test_a_lane_excluded_by_hand_stays_in_the_plan_with_its_reason() -> None:
    text = resources.matrix_file().read_text() + '\n[[exclude]]\npython = "3.12"\nlane = "*-uvloop"\nreason = "r"\n'
    plan = planned(parse_matrix(text, Path("matrix.toml")), "full")
    status = {lane.status for lane in lanes(environment(plan, "linux-py3.12-scrapy2.19.0-latest"), "asyncio-uvloop")}
    assert status == {Outcome.EXCLUDED}
    other = {lane.status for lane in lanes(environment(plan, "linux-py3.13-scrapy2.19.0-latest"), "asyncio-uvloop")}
    assert other == {None}


def test_an_unknown_plan_is_refused_with_the_close_one(spec: MatrixSpec) -> None:
    with pytest.raises(ConfigurationError, match="did you mean smoke"):
        planned(spec, "smok")


def test_a_plan_survives_its_text_form_and_shares_what_it_shared(full: Plan) -> None:
    again = Plan.from_json(full.to_json())
    assert again == full
    assert again.hash == full.hash
    assert len({id(lane) for e in again.environments for lane in e.lanes}) == len(
        {id(lane) for e in full.environments for lane in e.lanes}
    )


def test_a_text_that_is_no_plan_is_refused(full: Plan) -> None:
    later = json.dumps({**json.loads(full.to_json()), "format": 99})
    for text in ("", "{}", "[]", later, full.to_json()[:-9]):
        with pytest.raises(StorageError, match="the stored plan"):
            Plan.from_json(text)


def test_a_plan_of_a_quarter_million_cells_is_small(spec: MatrixSpec) -> None:
    helpers = tuple(f"helper_{n}" for n in range(7))
    plan = planned(spec, "full", scenarios={f"scenario_{n}": ScenarioInfo(helpers=helpers) for n in range(11)})
    assert plan.count > 250_000
    assert len(plan.to_json()) < 1_000_000
    assert len({id(lane.cells) for e in plan.environments for lane in e.lanes}) == 1


def test_the_hash_does_not_depend_on_order_name_or_reasons(full: Plan) -> None:
    def shuffled(environment: PlannedEnvironment) -> PlannedEnvironment:
        lanes = tuple(replace(lane, cells=lane.cells[::-1], reason="x") for lane in environment.lanes[::-1])
        return replace(environment, lanes=lanes, reason="x")

    other = Plan(name="other", environments=tuple(shuffled(e) for e in full.environments[::-1]))
    assert other.hash == full.hash


def test_the_hash_depends_on_everything_that_is_asked(full: Plan) -> None:
    first, *rest = full.environments
    lane, *lanes = first.lanes
    variants = [
        replace(first, requirement="scrapy==2.0.0"),
        replace(first, exclude_newer="2020-01-01"),
        replace(first, exempt={"lxml": "2020-01-01"}),
        replace(first, constraints=("w3lib<2",)),
        replace(first, status=Outcome.EXCLUDED),
        replace(first, lanes=tuple(lanes)),
        replace(first, lanes=(replace(lane, status=Outcome.UNSUPPORTED), *lanes)),
        replace(first, lanes=(replace(lane, overlays=("treq",)), *lanes)),
        replace(first, lanes=(replace(lane, cells=lane.cells[1:]), *lanes)),
    ]
    hashes = {Plan(name="full", environments=(variant, *rest)).hash for variant in variants}
    assert len(hashes | {full.hash}) == len(variants) + 1


def test_the_hash_is_the_same_in_every_process() -> None:
    """A known value: `PYTHONHASHSEED`, the machine and the version of Python must not change it."""
    lane = PlannedLane(name="epoll", status=None, reason=None, overlays=(), cells=(("a", "b"),))
    only = PlannedEnvironment(
        id="linux-py3.12-scrapy2.13.4-era",
        platform="linux",
        python="3.12",
        scrapy="2.13.4",
        requirement="scrapy==2.13.4",
        profile="era",
        exclude_newer="2026-01-04",
        exempt={},
        constraints=(),
        status=None,
        reason=None,
        lanes=(lane,),
    )
    assert (
        Plan(name="x", environments=(only,)).hash == "6f2fad5e91416eebd4b36ceb5c22520872a8b1ce02a009311c7dac9ac0fed643"
    )


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(
    lane_globs=st.lists(st.sampled_from(["*", "asyncio-*", "none-*", "epoll"]), max_size=2, unique=True),
    helper_globs=st.lists(st.sampled_from(["direct", "*future", "*"]), max_size=2, unique=True),
    profiles=st.lists(st.sampled_from(["latest", "era"]), max_size=2, unique=True),
)
def test_a_narrowed_plan_holds_just_the_cells_that_the_selection_matches(
    spec: MatrixSpec, lane_globs: list[str], helper_globs: list[str], profiles: list[str]
) -> None:
    selection = Selection(lanes=tuple(lane_globs), helpers=tuple(helper_globs), profiles=tuple(profiles))
    whole, narrowed = planned(spec, "default"), planned(spec, "default", selection)
    assert sorted(narrowed.keys()) == sorted(key for key in whole.keys() if selection.matches(key))


@given(
    st.sampled_from(["linux", "macos", "windows"]),
    st.sampled_from(["3.6", "3.15", "pypy3.11"]),
    st.one_of(st.just("main"), st.from_regex(r"[0-9]\.[0-9]{1,2}\.[0-9]", fullmatch=True)),
    st.sampled_from(["latest", "era", "pinned"]),
)
def test_an_environment_id_can_be_read_back(platform: str, python: str, scrapy: str, profile: str) -> None:
    name = EnvironmentId(platform, python, scrapy, profile)
    assert EnvironmentId.parse(name.id) == name


@pytest.mark.parametrize("text", ["", "linux", "linux-3.12-scrapy2.1.0-era", "linux-py3.12-2.1.0-era", "a/b"])
def test_what_is_no_environment_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not <platform>"):
        EnvironmentId.parse(text)


def test_every_scenario_is_in_the_default_plan_or_says_why_not(spec: MatrixSpec) -> None:
    scenarios = {name: each.info for name, each in load_scenarios([resources.scenarios_dir()]).items()}
    plan = planned(spec, "default", platforms=("linux", "wine"), scenarios=scenarios)
    asked = {name for each in plan.environments for lane in each.lanes if lane.status is None for name, _ in lane.cells}
    assert {name for name, info in scenarios.items() if not info.heavy} == asked


def test_every_family_that_a_plan_names_has_a_scenario(spec: MatrixSpec) -> None:
    families = {family_of(name) for name in load_scenarios([resources.scenarios_dir()])}
    assert {each for plan in spec.plans.values() for rule in plan.rules for each in rule.families} <= families


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", ["logging_light", "logging_heavy", "signal_late"]),
        ("heavy = false", ["logging_light", "signal_late"]),
        ("loop_matters = true", ["signal_late"]),
        ('families = ["logging"]', ["logging_light", "logging_heavy"]),
    ],
)
def test_a_plan_selects_scenarios_by_what_they_declare(line: str, names: list[str]) -> None:
    scenarios = {
        "logging_light": ScenarioInfo(helpers=("direct",)),
        "logging_heavy": ScenarioInfo(helpers=("direct",), heavy="it takes an hour"),
        "signal_late": ScenarioInfo(helpers=("direct",), loop_matters=True),
    }
    rule = f'[plan.own]\ndescription = "one"\n[[plan.own.select]]\npython = "3.12"\nscrapy = "2.13"\n{line}\n'
    text = resources.matrix_file().read_text(encoding="utf-8") + rule
    plan = planned(parse_matrix(text, resources.matrix_file()), "own", scenarios=scenarios)
    assert [name for name, _ in plan.environments[0].lanes[0].cells] == names


def test_a_plan_for_two_platforms_has_the_cells_of_both(spec: MatrixSpec) -> None:
    alone = [planned(spec, "full", platforms=(platform,)) for platform in ("linux", "wine")]
    both = planned(spec, "full", platforms=("linux", "wine"))
    assert set(both.keys()) == {key for plan in alone for key in plan.keys()}


def test_a_platform_that_is_like_another_has_its_lanes_and_only_rules_that_name_it(spec: MatrixSpec) -> None:
    assert spec.lanes_of("wine") == spec.lanes_of("windows")
    assert all(lane.expected_reactor("wine") == lane.expected_reactor("windows") for lane in spec.lanes_of("wine"))
    for_all = tuple(rule for rule in spec.plans["default"].rules if not rule.platforms)
    plans = {**spec.plans, "default": structs.replace(spec.plans["default"], rules=for_all)}
    with pytest.raises(ConfigurationError, match="has nothing on wine"):
        planned(replace(spec, plans=plans), "default", platforms=("wine",))
