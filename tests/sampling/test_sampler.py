"""harness.sampling.sampler: which cells of a plan are chosen, and what is told of those that are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.infra.errors import ConfigurationError
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.plan.coverage import Coverage, SamplingRequest, UncoveredPairs
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane, Questions
from harness.sampling.axis_pairs import AXES, EnvironmentLane, folded, lane_values
from harness.sampling.costs import Costs
from harness.sampling.sampler import Priorities, Sample, choose
from tests.support.synthetic import make_plan

PAIRWISE, TRIPLES = SamplingRequest(cover="pairwise"), SamplingRequest(cover="triples")
PYTHONS, SCRAPYS, PROFILES = ("3.8", "3.12", "pypy3.11"), ("2.4.1", "2.9.0", "2.13.4", "main"), ("latest", "era")
LANES = ("default", "epoll", "asyncio-default", "asyncio-uvloop")
QUESTIONS = tuple(product(("callback_fired", "callback_pending", "place"), ("direct", "as_future")))
SYNTHETIC = make_plan(60_000)
FEW = settings(deadline=None, max_examples=40)


def seconds(budget: float) -> SamplingRequest:
    return SamplingRequest(budget=f"{budget:.0f}s", seconds=budget)


def environment(
    where: tuple[str, str, str], lanes: tuple[PlannedLane, ...], status: Outcome | None = None
) -> PlannedEnvironment:
    python, scrapy, profile = where
    return PlannedEnvironment(
        id=f"linux-py{python}-scrapy{scrapy}-{profile}", platform="linux", python=python, scrapy=scrapy,
        requirement=f"scrapy=={scrapy}", profile=profile, exclude_newer=None, exempt={}, constraints=(),
        status=status, reason=None, lanes=lanes,
    )  # fmt: skip


def lane(name: str, cells: Questions, status: Outcome | None = None) -> PlannedLane:
    return PlannedLane(name=name, status=status, reason=None, overlays=(), cells=cells)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A small plan with holes: lanes and environments that are not to be run, questions that are not asked."""
    grids = draw(st.lists(st.lists(st.sampled_from(QUESTIONS), unique=True).map(tuple), min_size=1, max_size=3))
    where = st.lists(st.sampled_from(list(product(PYTHONS, SCRAPYS, PROFILES))), unique=True, min_size=1, max_size=8)
    lanes = st.lists(
        st.builds(
            lane,
            st.sampled_from(LANES),
            st.sampled_from(grids),
            st.sampled_from([None, None, None, Outcome.UNSUPPORTED]),
        ),
        unique_by=lambda each: each.name,
        max_size=3,
    ).map(tuple)
    status = st.sampled_from([None, None, None, Outcome.EXCLUDED])
    return Plan(name="small", environments=tuple(environment(at, draw(lanes), draw(status)) for at in draw(where)))


def runnable(plan: Plan) -> dict[CellKey, tuple[str, ...]]:
    """The values of the axes of every cell that can be run."""
    return {
        CellKey(each.id, lane.name, *pair): (
            each.platform, each.python, each.scrapy, each.profile, *lane_values(lane.name), *pair,
        )
        for each in plan.environments if each.status is None
        for lane in each.lanes if lane.status is None
        for pair in lane.cells
    }  # fmt: skip


def met(plan: Plan, strength: int) -> set[tuple[tuple[int, str], ...]]:
    """Every combination of so many axis values that is in a cell."""
    return {found for values in runnable(plan).values() for found in combinations(enumerate(values), strength)}


def chosen(
    plan: Plan, sampling: SamplingRequest, known: Priorities | None = None, costs: Costs | None = None
) -> Sample:
    return choose(plan, sampling, known or Priorities(), costs or Costs())


def coverage_of(plan: Plan) -> Coverage:
    assert plan.coverage is not None
    return plan.coverage


@FEW
@given(plans(), st.sampled_from([PAIRWISE, TRIPLES]), st.data())
def test_everything_that_can_be_run_together_is_met_by_cells_of_the_plan(
    plan: Plan, sampling: SamplingRequest, data: st.DataObject
) -> None:
    cells = runnable(plan)
    if not cells:
        with pytest.raises(ConfigurationError, match="no cell that can be run"):
            chosen(plan, sampling)
        return
    places = sorted({EnvironmentLane(*key[:2]) for key in cells})
    doubtful = frozenset(data.draw(st.lists(st.sampled_from(places), unique=True)))
    found = chosen(plan, sampling, Priorities(doubtful=doubtful)).plan
    strength = 2 if sampling is PAIRWISE else 3
    assert set(found.keys()) <= set(cells)
    assert met(found, strength) == met(plan, strength)
    share = coverage_of(found).all_pairs
    assert share.chosen == share.of == len(met(plan, 2))
    assert not coverage_of(found).left_out
    assert not coverage_of(found).untouched


@FEW
@given(plans().filter(runnable), st.sampled_from([None, "pairwise"]), st.floats(8, 60), st.floats(0, 60), st.data())
def test_more_time_takes_more_and_keeps_what_less_time_takes(
    plan: Plan, cover: str | None, less: float, more: float, data: st.DataObject
) -> None:
    unexpected = data.draw(st.lists(st.sampled_from(sorted(runnable(plan))), unique=True, max_size=4))
    known = Priorities(unexpected=unexpected, changed={"scrapy": frozenset({"2.13.4"})})
    wishes = [replace(seconds(budget), cover=cover) for budget in (less, less + more)]
    narrow, wide = (chosen(plan, sampling, known).plan for sampling in wishes)
    assert set(narrow.keys()) <= set(wide.keys())
    assert all(
        coverage_of(found).seconds <= sampling.seconds for found, sampling in zip((narrow, wide), wishes, strict=True)
    )


@FEW
@given(plans().filter(runnable), st.sampled_from([PAIRWISE, TRIPLES, seconds(20)]))
def test_the_choice_depends_on_nothing_but_what_it_is_made_from(plan: Plan, sampling: SamplingRequest) -> None:
    once, again = (chosen(plan, sampling) for _ in range(2))
    assert once.plan.to_json() == again.plan.to_json()
    assert once.order == again.order
    assert sorted(once.order) == sorted(each.id for each in once.plan.environments)


@FEW
@given(plans().filter(runnable), st.floats(8, 40))
def test_what_is_told_of_a_choice_is_so(plan: Plan, budget: float) -> None:
    found = chosen(plan, seconds(budget)).plan
    told = coverage_of(found)
    everything, cells = runnable(plan), runnable(found)
    assert (told.cells.chosen, told.cells.of) == (len(cells), len(everything))
    assert sum(told.reasons.values()) == len(cells)
    assert (told.environments.chosen, told.lanes.chosen) == (
        len({key[0] for key in cells}),
        len({key[:2] for key in cells}),
    )
    assert (told.all_pairs.chosen, told.all_pairs.of) == (len(met(found, 2)), len(met(plan, 2)))
    assert told.triples is not None
    assert (told.triples.chosen, told.triples.of) == (len(met(found, 3)), len(met(plan, 3)))
    left_out = {
        ((AXES.index(each.axes[0]), first), (AXES.index(each.axes[1]), second))
        for each in told.left_out for first, second in product(each.first, each.second)
    }  # fmt: skip
    assert left_out == met(plan, 2) - met(found, 2)
    assert told.untouched == {
        axis: tuple(value for value in told.axes[axis] if value not in {values[number] for values in cells.values()})
        for number, axis in enumerate(AXES)
        if {values[number] for values in everything.values()} > {values[number] for values in cells.values()}
    }


@FEW
@given(plans().filter(runnable), st.sampled_from([PAIRWISE, TRIPLES, seconds(12)]))
def test_a_chosen_plan_is_read_back_as_it_was_written(plan: Plan, sampling: SamplingRequest) -> None:
    found = chosen(plan, sampling).plan
    assert Plan.from_json(found.to_json()) == found
    assert found.hash == Plan.from_json(found.to_json()).hash != plan.hash


@given(st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("12345"))))
def test_pairs_that_are_folded_are_still_these_pairs(pairs: set[tuple[str, str]]) -> None:
    found = folded(("left", "right"), pairs, {"left": "abcd", "right": "12345"})
    told = Counter(pair for each in found for pair in product(each.first, each.second))
    assert told == Counter(pairs)


def test_pairs_that_go_together_are_told_together() -> None:
    told = folded(("left", "right"), product("ab", "123"), {"left": "abcd", "right": "12345"})
    assert told == [UncoveredPairs(axes=("left", "right"), first=("a", "b"), second=("1", "2", "3"))]


def test_what_was_unexpected_comes_first_then_the_oldest_and_the_newest() -> None:
    middle = SYNTHETIC.environments[len(SYNTHETIC.environments) // 2]
    odd = [CellKey(middle.id, "epoll", "callback_nested", "as_future")]
    shortest = chosen(SYNTHETIC, seconds(8), Priorities(unexpected=odd))
    assert list(shortest.plan.keys())[:1] == odd
    assert coverage_of(shortest.plan).reasons == {"unexpected": 1}
    longer = chosen(SYNTHETIC, seconds(25), Priorities(unexpected=odd))
    assert longer.order[0] == odd[0].environment
    scrapys, pythons = ({getattr(each, axis) for each in longer.plan.environments} for axis in ("scrapy", "python"))
    assert {"2.0.1", "2.19.0"} <= scrapys
    assert {"3.6", "3.15", "pypy3.11"} <= pythons


def test_a_release_where_something_changed_comes_with_the_one_before_it_and_before_others() -> None:
    changed = {"scrapy": frozenset({"2.13.4"})}
    without, found = (
        {each.scrapy for each in chosen(SYNTHETIC, seconds(40), Priorities(changed=each)).plan.environments}
        for each in ({}, changed)
    )
    assert not {"2.12.0", "2.13.4"} & without
    assert {"2.12.0", "2.13.4"} <= found


def test_pairs_are_looked_for_where_cells_are_likely_to_run() -> None:
    grid = QUESTIONS[:1]
    plan = Plan(
        name="two",
        environments=tuple(environment(("3.8", "2.9.0", profile), (lane("epoll", grid),)) for profile in PROFILES),
    )
    first, second = (each.id for each in plan.environments)
    for doubtful, likely in ((first, second), (second, first)):
        known = Priorities(doubtful=frozenset({EnvironmentLane(doubtful, "epoll")}))
        assert chosen(plan, PAIRWISE, known).order == (likely, doubtful)


def test_few_environments_and_lanes_are_taken_for_the_pairs() -> None:
    told = coverage_of(chosen(SYNTHETIC, PAIRWISE).plan)
    assert told.cells.chosen < told.cells.of / 20
    assert told.lanes.chosen < told.lanes.of / 2


def test_a_budget_that_is_large_enough_takes_everything() -> None:
    plan = chosen(SYNTHETIC, seconds(1e6)).plan
    assert set(plan.keys()) == set(runnable(SYNTHETIC))
    assert coverage_of(plan).reasons["rest"] > 0


def test_a_budget_for_not_even_one_cell_is_refused_with_what_one_takes() -> None:
    with pytest.raises(ConfigurationError, match="too short for a single environment, which takes about 6 s"):
        chosen(SYNTHETIC, seconds(0))


def test_a_slower_machine_or_slower_cells_get_less_into_a_budget() -> None:
    usual = chosen(SYNTHETIC, seconds(60)).plan.count
    slow = dict.fromkeys(SYNTHETIC.keys(), 5.0)
    assert chosen(SYNTHETIC, seconds(60), costs=Costs(factor=2.0)).plan.count < usual
    assert chosen(SYNTHETIC, seconds(60), costs=Costs(slow=slow)).plan.count < usual
    assert chosen(SYNTHETIC, seconds(60), costs=Costs(parallel=2)).plan.count > usual


def test_most_cells_of_a_choice_are_in_a_minimal_pair() -> None:
    cells = list(runnable(choose(SYNTHETIC, PAIRWISE, Priorities(), Costs()).plan).values())
    lines = [Counter(cell[:axis] + cell[axis + 1 :] for cell in cells) for axis in range(len(AXES))]
    alone = [
        cell for cell in cells if all(line[cell[:axis] + cell[axis + 1 :]] == 1 for axis, line in enumerate(lines))
    ]
    assert len(alone) < len(cells) / 5, f"{len(alone)} of {len(cells)}"
