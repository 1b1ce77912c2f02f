"""A plan on a machine that lacks some of its Pythons: every question is asked on the nearest that can answer it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.infra import resources
from harness.infra.errors import ConfigurationError, ExitCode
from harness.matrix.load import load_matrix, parse_matrix
from harness.matrix.spec import MatrixSpec
from harness.model.ids import EnvironmentId
from harness.plan.coverage import SamplingRequest
from harness.plan.plan_records import Plan
from harness.plan.planner import NothingToAskError, make_plan
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection, Vocabulary
from harness.render.adaptation_text import adaptation_lines, instead_text, unasked_lines
from harness.sampling.costs import Costs
from harness.sampling.sampler import Priorities, choose
from harness.store.plan_name import stored_name
from harness.workspace import Filters, Workspace, load_workspace

SPEC = load_matrix(resources.matrix_file())
EVERY = [python.key for python in SPEC.pythons]
SCENARIOS = {
    "callback_pending": ScenarioInfo(helpers=("direct", "as_future")),
    "loop_named": ScenarioInfo(helpers=("direct",), core=False),
}
SMALL = """
pins = "pins.toml"
pythons = [
  { key = "3.8", released = 2019-10-14 },
  { key = "3.11", released = 2022-10-24 },
  { key = "3.12", released = 2023-10-02 },
]
scrapy = [
  { version = "2.4.1", first = 2020-10-11, released = 2020-11-17, requires-python = ">=3.6" },
  { version = "2.13.4", first = 2025-05-08, released = 2025-11-17, requires-python = ">=3.9" },
  { name = "main", requirement = "scrapy @ file:///checkout", version = "2.20.0", requires-python = ">=3.12" },
]

[profile.latest]
description = "today"

[profile.era]
description = "then"
cutoff = "day-before-next-minor"

[profile.pinned]
description = "held back"
pins = true

[reactor.default]
platforms = ["linux", "windows"]
settings = { TWISTED_REACTOR = "" }

[lanes]
names = ["default"]

[plan.default]
description = "adapts"
adapts = true

[[plan.default.select]]
python = "3.12"
scrapy = "*"
profiles = ["latest"]

[plan.full]
description = "literal"

[[plan.full.select]]
python = "*"
scrapy = "*"
"""


def adapted(available: Collection[str], spec: MatrixSpec = SPEC, plan: str = "default", **options: list[str]) -> Plan:
    known = Vocabulary.of_matrix(spec, SCENARIOS, ("direct", "as_future"))
    selection = Selection.parse(known, **options)  # type: ignore[arg-type]
    return make_plan(
        spec, plan=plan, platforms=("linux",), scenarios=SCENARIOS, selection=selection, available={"linux": available}
    )


def literal(plan: str = "default") -> Plan:
    return make_plan(SPEC, plan=plan, platforms=("linux",), scenarios=SCENARIOS, selection=Selection())


def small(tmp_path: Path, pins: str = "") -> MatrixSpec:
    (tmp_path / "pins.toml").write_text(pins)
    return parse_matrix(SMALL, tmp_path / "matrix.toml")


def can_start(available: Collection[str], spec: MatrixSpec = SPEC) -> set[str]:
    """The releases with which a crawl starts on one of some CPythons, in some profile."""
    pythons = [python for python in spec.pythons if python.key in available and python.version is not None]
    return {
        scrapy.label
        for scrapy in spec.scrapys
        if any(spec.starts("linux", python, scrapy, profile) for python in pythons for profile in spec.profiles)
    }


def starting(plan: Plan, spec: MatrixSpec = SPEC) -> set[str]:
    """The releases that a plan asks in an environment in which a crawl starts."""
    pythons = {python.key: python for python in spec.pythons}
    scrapys = {scrapy.label: scrapy for scrapy in spec.scrapys}
    profiles = {profile.name: profile for profile in spec.profiles}
    return {
        each.scrapy
        for each in plan.environments
        if each.status is None
        and spec.starts(each.platform, pythons[each.python], scrapys[each.scrapy], profiles[each.profile])
    }


@pytest.mark.parametrize("plan", ["smoke", "default"])
def test_with_every_python_a_plan_is_as_it_is_written(plan: str) -> None:
    found = adapted(EVERY, plan=plan)
    assert found == literal(plan)
    assert found.hash == literal(plan).hash
    assert found.to_json() == literal(plan).to_json()


def test_only_plans_that_say_so_adapt() -> None:
    assert {name for name, plan in SPEC.plans.items() if plan.adapts} == {"smoke", "default"}


@pytest.mark.parametrize(
    ("python", "oldest", "releases"),
    [("3.10", "2.0.1", 20), ("3.11", "2.4.1", 16), ("3.13", "2.4.1", 16), ("3.14", "2.8.0", 12)],
)
def test_with_one_python_every_release_that_starts_there_is_asked_where_it_starts(
    python: str, oldest: str, releases: int
) -> None:
    plan = adapted([python])
    found = starting(plan)
    assert found == can_start([python])
    assert len(found) == releases
    assert oldest in found
    assert {each.python for each in plan.environments} == {python}


def test_what_no_python_that_is_there_can_answer_is_a_line_for_each_cause() -> None:
    plan = adapted(["3.11"])
    assert plan.adaptation is not None
    assert list(unasked_lines(plan.adaptation)) == [
        "Python 3.6-3.10, 3.12-3.15, pypy3.11: not here, and so not measured",
        "Scrapy 2.0-2.3: not measured, needs one of Python 3.6-3.10, none of which is here",
    ]
    assert next(adaptation_lines(plan.adaptation)) == (
        "Python 3.8-3.10, 3.12: not here, so 28 environments on Python 3.11 are measured instead of 34"
    )


def test_two_questions_that_fall_on_one_environment_are_asked_there_once_with_all_their_lanes_and_scenarios() -> None:
    plan = adapted(["3.11"])
    assert len({each.id for each in plan.environments}) == len(plan.environments)
    (old,) = [each for each in plan.environments if each.scrapy == "2.4.1"]
    assert old.id == "linux-py3.11-scrapy2.4.1-pinned"
    # `loop_*` comes from the rule about its era, the lane `epoll` from the one about today.
    assert "loop_named" in {name for lane in old.lanes for name, _ in lane.cells}
    assert {"epoll", "asyncio-default"} <= {lane.name for lane in old.lanes}
    assert plan.adaptation is not None
    (substitution,) = [each for each in plan.adaptation.substitutions if each.environment == old.id]
    assert instead_text(substitution) == (
        "for linux-py3.8-scrapy2.4.1-era and linux-py3.12-scrapy2.4.1-latest, since Python 3.8 and 3.12 are not here"
    )


def test_the_profile_that_was_asked_for_is_kept_where_a_crawl_starts_in_it() -> None:
    found = {each.scrapy: set() for each in adapted(["3.11"]).environments}
    for each in adapted(["3.11"]).environments:
        found[each.scrapy].add(each.profile)
    assert found["2.7.1"] == {"era", "pinned"}
    assert found["2.13.4"] == {"era", "latest"}


def test_the_nearest_python_is_taken_and_of_two_the_newer() -> None:
    asked = adapted(["3.11", "3.13"], scrapy=["2.14"], profile=["latest"])
    assert [each.id for each in asked.environments] == ["linux-py3.13-scrapy2.14.2-latest"]
    asked = adapted(["3.10", "3.15"], scrapy=["2.14"], profile=["latest"])
    assert [each.python for each in asked.environments] == ["3.10"]


def test_a_preferred_python_that_is_there_is_taken_even_where_no_crawl_starts() -> None:
    plan = adapted(["3.12"], scrapy=["2.4"])
    assert {each.id for each in plan.environments} == {
        "linux-py3.12-scrapy2.4.1-latest",
        "linux-py3.12-scrapy2.4.1-pinned",
    }


def test_pypy_stands_in_for_nothing() -> None:
    plan = adapted(["pypy3.11", "3.13"])
    assert [each.scrapy for each in plan.environments if each.python == "pypy3.11"] == ["2.19.0"]
    with pytest.raises(NothingToAskError):
        adapted(["pypy3.11"], scrapy=["2.13"])


def test_where_nothing_can_be_asked_it_is_said_what_would_do() -> None:
    with pytest.raises(NothingToAskError) as caught:
        adapted(["3.11"], scrapy=["2.0"])
    assert "the Pythons here: 3.11; these would do: 3.6, 3.7, 3.8, 3.9, 3.10" in str(caught.value)
    assert caught.value.exit_code is ExitCode.INCOMPLETE
    with pytest.raises(NothingToAskError, match="here: none"):
        adapted([])


def test_who_names_a_profile_gets_it_where_a_crawl_starts_nowhere_in_it() -> None:
    # Nothing of today starts with Scrapy 2.4, on no Python; that can be seen on any.
    plan = adapted(["3.11"], scrapy=["2.4"], profile=["latest"])
    assert [each.id for each in plan.environments] == ["linux-py3.11-scrapy2.4.1-latest"]
    era = adapted(["3.11"], scrapy=["2.4,2.7"], profile=["era"])
    assert [each.id for each in era.environments] == ["linux-py3.11-scrapy2.7.1-era"]
    assert era.adaptation is not None
    assert list(unasked_lines(era.adaptation)) == [
        "Scrapy 2.4: not measured, needs one of Python 3.6-3.9, none of which is here"
    ]


def test_filters_do_not_make_questions_that_the_plan_does_not_ask() -> None:
    plan = adapted(["3.11"], scenario=["loop_*"])
    assert plan.adaptation is not None
    # Each Python is asked once with the core scenarios only, and none of them is left.
    assert {each.cause for each in plan.adaptation.unasked} == {"release-needs-python"}
    with pytest.raises(ConfigurationError, match="nothing on linux that these filters select"):
        adapted(["3.11"], profile=["pinned"])


def test_a_choice_among_the_cells_of_an_adapted_plan_tells_of_what_it_took_and_of_what_cannot_be_asked() -> None:
    plan = adapted(["3.11"])
    found = choose(plan, SamplingRequest(budget="90s", seconds=90.0), Priorities(), Costs()).plan
    assert plan.adaptation is not None
    assert found.adaptation is not None
    assert found.adaptation.unasked == plan.adaptation.unasked
    assert {each.environment for each in found.adaptation.substitutions} == {each.id for each in found.environments}
    assert len(found.environments) < len(plan.environments)
    assert stored_name(found, narrowed=True) == "default, budget 90s, adapted to Python 3.11, narrowed"


def test_what_nobody_has_looked_at_is_assumed_to_start_and_told_so(tmp_path: Path) -> None:
    spec = small(tmp_path)
    plan = adapted(["3.11"], spec)
    assert [each.id for each in plan.environments] == [
        "linux-py3.11-scrapy2.4.1-latest",
        "linux-py3.11-scrapy2.13.4-latest",
    ]
    assert plan.adaptation is not None
    told = list(adaptation_lines(plan.adaptation))
    assert told[1].startswith("Nobody has looked whether a crawl starts in linux-py3.11-scrapy2.4.1-latest, ")
    assert told[2] == "Scrapy main: not measured, needs Python 3.12, which is not here"


def test_where_pins_help_they_are_taken_and_where_nothing_does_another_python_is(tmp_path: Path) -> None:
    pins = """
[[pins]]
scrapy = "2.4.1"
python = "3.8"
platform = "linux"
state = "held-back"
found = 2026-01-01
latest = "x"
held = [{ requirement = "twisted<22.1.0", released = 2022-02-07, error = "no" }]

[[pins]]
scrapy = "2.4.1"
python = "3.11"
platform = "linux"
state = "stopped"
found = 2026-01-01
latest = "x"
stopped-by = "nothing helps"
"""
    plan = adapted(["3.8", "3.11"], small(tmp_path, pins), scrapy=["2.4"])
    assert [each.id for each in plan.environments] == ["linux-py3.8-scrapy2.4.1-pinned"]


def test_an_adapted_plan_is_another_plan_and_reads_back_as_it_was() -> None:
    one, other = adapted(["3.11"]), adapted(["3.11", "3.6"])
    assert len({one.hash, other.hash, literal().hash}) == 3
    assert adapted(["3.11"]).hash == one.hash
    assert Plan.from_json(one.to_json()) == one
    assert stored_name(one, narrowed=False) == "default, adapted to Python 3.11"
    assert stored_name(literal(), narrowed=True) == "default, narrowed"


@given(st.sets(st.sampled_from(EVERY), min_size=1), st.sampled_from(["smoke", "default"]))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_whatever_pythons_there_are_every_release_that_can_run_is_asked_and_nothing_on_others(
    available: set[str], name: str
) -> None:
    plan = adapted(available, plan=name)
    assert {each.python for each in plan.environments} <= available
    if name == "default":
        assert can_start(available) == starting(plan)
    told = plan.adaptation
    if told is None:
        assert plan == literal(name)
        return
    measured = {each.id for each in plan.environments}
    assert {each.environment for each in told.substitutions} <= measured
    preferred = {each.id for each in literal(name).environments}
    instead = {asked for each in told.substitutions for asked in each.instead_of}
    assert instead <= preferred
    assert not {EnvironmentId.parse(asked).python for asked in instead} & available
    assert not {key for each in told.unasked for key in each.pythons} & available
    # Whatever the plan asks is asked as it is, asked instead, excluded, or told to be unasked.
    for each in literal(name).environments:
        lost = {key for every in told.unasked for key in every.scrapys}
        assert each.id in measured or each.id in instead or each.status is not None or each.scrapy in lost


@pytest.fixture(scope="module")
def loaded() -> Workspace:
    return load_workspace(None)


def test_who_names_a_python_or_a_cell_is_given_it(loaded: Workspace) -> None:
    here = {"linux": ["3.11"]}
    cell = "linux-py3.12-scrapy2.13.4-latest/epoll/callback_pending/direct"
    for filters in (
        Filters(platform=["linux"], python=["3.12"], scrapy=["2.13"]),
        Filters(cell=[cell]),
        Filters(platform=["linux"], cell=["*-py3.12-scrapy2.13*"]),
    ):
        planned = loaded.planned("default", filters, here)
        assert {each.python for each in planned.plan.environments} == {"3.12"}
        assert (planned.plan.adaptation, planned.available) == (None, {})


def test_a_plan_that_does_not_adapt_is_literal_wherever_it_is_made(loaded: Workspace) -> None:
    filters = Filters(platform=["linux"], scrapy=["2.19"])
    assert loaded.planned("full", filters, {"linux": ["3.11"]}).plan == loaded.planned("full", filters).plan


def test_a_platform_of_which_nothing_is_known_is_literal(loaded: Workspace) -> None:
    filters = Filters(platform=["linux", "windows"], scrapy=["2.13"], profile=["latest"])
    planned = loaded.planned("default", filters, {"linux": ["3.11", "2.7"]})
    assert {each.python for each in planned.plan.environments if each.platform == "windows"} == {"3.9", "3.10", "3.12"}
    assert {each.python for each in planned.plan.environments if each.platform == "linux"} == {"3.11"}
    assert planned.available == {"linux": ["3.11"]}


def test_only_pythons_that_the_filters_leave_are_looked_for(loaded: Workspace) -> None:
    assert loaded.pythons("default", Filters(platform=["linux"], scrapy=["2.5"])) == {"linux": ("3.8", "3.12")}
    assert loaded.pythons("default", Filters(platform=["linux"])) == {"linux": tuple(EVERY)}
    assert loaded.pythons("default", Filters(platform=["wine"])) == {"wine": ("3.8", "3.13")}
    cell = "linux-py3.10-scrapy2.13.4-latest/epoll/callback_pending/direct"
    assert loaded.pythons("default", Filters(cell=[cell])) == {"linux": ("3.10",)}
