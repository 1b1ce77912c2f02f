"""harness.judge.baseline_file: what is accepted, written and read again is exactly what was."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.infra.errors import ConfigurationError
from harness.infra.resources import matrix_file
from harness.judge.baseline_file import AcceptedResult, Baseline, BaselineFolder, baseline_file, made_baseline
from harness.judge.baseline_writer import accept_cells
from harness.judge.cell_filter import AxisFilter, CellFilter, FilterIndex
from harness.judge.verdict import Judge, Verdict
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.plan.selection import Selection
from harness.workspace import load_workspace
from tests.support.claim_fixture import AWAITS, cell, claims_of

AXES = (
    ("linux",), ("3.8", "3.9", "3.10", "3.12", "pypy3.11"), ("2.5.1", "2.6.3", "2.13.3", "2.13.4", "2.19.0", "main"),
    ("latest", "era"), ("epoll", "asyncio-default", "asyncio-uvloop"), ("callback_pending", "b"), ("direct", "x"),
)  # fmt: skip
EVERY = [CellCoordinates(*values) for values in product(*AXES)]
GIVES = [
    AcceptedResult(Outcome.PASS, None),
    AcceptedResult(Outcome.FAIL, "a"),
    AcceptedResult(Outcome.FAIL, 'b "quoted" \\'),
]


def read_again(baseline: Baseline) -> Baseline:
    with tempfile.TemporaryDirectory() as folder:
        baseline_file(Path(folder), "linux").write_text(baseline.text)
        return BaselineFolder(Path(folder))["linux"]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from(EVERY), max_size=200),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_unfolding_the_file_gives_the_same_cells(some: set[CellCoordinates], picks: list, chance) -> None:
    accepted = {at: chance.choice(GIVES) for at in some}
    # Regular parts, too, so that there is something to fold.
    for axis, place in picks:
        value = AXES[axis][place % len(AXES[axis])]
        accepted |= {at: GIVES[place % 3] for at in EVERY if at[axis] == value}
    known = accepted.keys() | set(chance.sample(EVERY, 20))
    made = made_baseline("linux", accepted, EVERY, known=known)
    again = read_again(made)
    assert again.text == made.text
    assert {at: each for at in EVERY if (each := again.accepted(at)) is not None} == accepted
    assert {at for at in EVERY if again.knows(at)} == known
    assert list(again.stale(EVERY)) == []


def test_the_file_is_sorted_and_small_and_says_ranges() -> None:
    accepted = {at: GIVES[1] for at in EVERY if at.lane != "epoll" and at.python != "pypy3.11"}
    accepted |= {at: GIVES[0] for at in EVERY if at.lane == "epoll" and at.scrapy == "2.6.3"}
    baseline = made_baseline("linux", accepted, EVERY, known=EVERY)
    assert [line for line in baseline.text.splitlines() if not line.startswith("#")] == [
        "about = [",
        '  { python = [">=3.8,<=3.12", "pypy3.11"], scrapy = [">=2.5,<=2.19", "main"], profile = ["latest", "era"] },',
        "]",
        "",
        "[[accepted]]",
        'outcome = "fail"',
        'mechanism = "a"',
        "cells = [",
        '  { python = [">=3.8,<=3.12"], lane = ["asyncio-*"] },',
        "]",
        "",
        "[[accepted]]",
        'outcome = "pass"',
        "cells = [",
        '  { scrapy = ["2.6"], lane = ["epoll"] },',
        "]",
    ]


def test_a_release_that_came_later_is_not_what_was_accepted() -> None:
    baseline = read_again(made_baseline("linux", dict.fromkeys(EVERY, GIVES[0]), EVERY, known=EVERY))
    assert baseline.accepted(EVERY[0]) == GIVES[0]
    assert baseline.accepted(EVERY[0]._replace(scrapy="2.20.0")) is None
    assert not baseline.knows(EVERY[0]._replace(python="3.16"))


def test_a_file_that_does_not_say_what_it_is_about_is_refused(tmp_path: Path) -> None:
    baseline_file(tmp_path, "linux").write_text('[[accepted]]\noutcome = "pass"\ncells = [{ helper = "x" }]\n')
    with pytest.raises(ConfigurationError, match="about: is missing"):
        len(BaselineFolder(tmp_path))


def test_what_is_about_no_cell_is_stale_and_named() -> None:
    accepted = {at: GIVES[1] for at in EVERY if at.scenario == "b" and at.scrapy == "2.6.3"}
    baseline = made_baseline("linux", accepted, EVERY, known=EVERY)
    (line,) = baseline.stale([at for at in EVERY if at.scenario != "b"])
    assert line.endswith("there is no scenario b")
    (line,) = baseline.stale([at for at in EVERY if at.scenario != "b" or at.scrapy != "2.6.3"])
    assert line.endswith("there is no such cell")


def test_nothing_is_said_of_scenarios_that_were_not_looked_for() -> None:
    accepted = {at: GIVES[1] for at in EVERY if at.scenario == "b" or at.scrapy == "2.5.1"}
    baseline = made_baseline("linux", accepted, EVERY, known=EVERY)
    others = [at for at in EVERY if at.scenario != "b"]
    assert "b" in baseline.scenarios
    assert [*baseline.stale(others)] != []
    assert [*baseline.stale(others, ["b"])] == []
    assert [*baseline.stale([at for at in others if at.scrapy != "2.5.1"], ["b"])] != []


EPOLL = "linux-py3.12-scrapy2.6.3-era/epoll/callback_pending/direct"
OTHER = "linux-py3.12-scrapy2.6.3-era/epoll/b/x"


def test_accepting_makes_everything_expected_and_leaves_out_what_the_claims_say(tmp_path: Path) -> None:
    claims = claims_of(tmp_path, AWAITS)
    cells = [cell(EPOLL), cell(OTHER, "fail", "a"), cell(EPOLL.replace("epoll", "asyncio-default")),
             cell(EPOLL.replace("2.6.3", "2.5.1"), "broken", "no-module-cgi")]  # fmt: skip
    made = accept_cells(Judge(claims), cells, EVERY, "linux", {})
    judge = Judge(claims, {"linux": made})
    assert {judge.verdict(each) for each in cells} == {Verdict.EXPECTED}
    assert made.accepted(cells[0].at) is None
    assert len(made.entries) == 3
    assert accept_cells(judge, cells, EVERY, "linux", {}).text == made.text


def test_accepting_a_part_keeps_the_rest_and_drops_what_is_no_more(tmp_path: Path) -> None:
    first = accept_cells(Judge(()), [cell(EPOLL), cell(OTHER, "fail", "a")], EVERY, "linux", {})

    def accepted_again(*cells: KnownCell, universe: list[CellCoordinates] = EVERY) -> set[tuple[str, str]]:
        made = accept_cells(Judge((), {"linux": first}), cells, universe, "linux", {})
        return {(at.key.id, str(each)) for at in universe if (each := made.accepted(at)) is not None}

    assert accepted_again(cell(EPOLL, "hang", "b")) == {(EPOLL, "hang: b"), (OTHER, "fail: a")}
    assert accepted_again(cell(EPOLL, "not-run")) == {(EPOLL, "pass"), (OTHER, "fail: a")}
    assert accepted_again(universe=[at for at in EVERY if at.scenario != "b"]) == {(EPOLL, "pass")}


TEXTS = {"python": [">=3.9", "3.8", "pypy*", "<3.12"], "scrapy": ["2.13", ">=2.6,<2.19", "main", "==2.13.4"],
         "lane": ["asyncio-*", "epoll"], "scenario": ["b", "c*"], "helper": ["x"], "profile": ["era"]}  # fmt: skip
WHERES = st.lists(
    st.dictionaries(st.sampled_from(sorted(TEXTS)), st.integers(0, 3), max_size=4).map(
        lambda picks: CellFilter(
            tuple(AxisFilter(axis, [TEXTS[axis][place % len(TEXTS[axis])]]) for axis, place in picks.items())
        )
    ),
    max_size=6,
)


@settings(deadline=None)
@given(WHERES)
def test_finding_which_hold_by_and_by_is_the_same_as_asking_each(wheres: list[CellFilter]) -> None:
    applying = FilterIndex(wheres, lambda numbers: numbers)
    for at in EVERY[::7]:
        assert applying.to(at) == tuple(number for number, where in enumerate(wheres) if where.has(at))


@pytest.mark.slow
def test_what_is_accepted_of_an_adapted_plan_is_still_accepted_after_another_run(tmp_path: Path) -> None:
    loaded = load_workspace(matrix_file())
    full = {CellCoordinates.of(key) for key in loaded.plan("full", ("linux",), Selection()).keys()}
    adapted = loaded.plan("default", ("linux",), Selection(), {"linux": ["3.11"]})
    only = next(at for at in map(CellCoordinates.of, adapted.keys()) if at not in full)
    judge = Judge(())
    failing = KnownCell(only, Outcome.FAIL, "an-error", None, None, None)
    first = accept_cells(judge, [failing], loaded.universe("linux"), "linux", loaded.known.scrapys)
    passing = KnownCell(next(iter(full)), Outcome.PASS, None, None, None, None)
    judge = Judge((), {"linux": first})
    second = accept_cells(judge, [passing], loaded.universe("linux"), "linux", loaded.known.scrapys)
    assert second.accepted(only) == AcceptedResult(Outcome.FAIL, "an-error")


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_what_ships_is_about_the_core_cells_of_every_environment_that_a_machine_with_one_python_measures(
    python: str,
) -> None:
    loaded = load_workspace(matrix_file())
    shipped = BaselineFolder(matrix_file().parent / "baseline", loaded.known.scrapys)["linux"]
    plan = loaded.plan("default", ("linux",), Selection(), {"linux": [python]})
    unknown = {
        environment.id
        for environment in plan.environments
        for lane in environment.lanes
        if environment.status is None and lane.status is None
        for scenario, helper in lane.cells
        if loaded.scenarios[scenario].info.core
        and not shipped.knows(CellCoordinates.of(CellKey(environment.id, lane.name, scenario, helper)))
    }
    assert unknown == set()


def test_a_cell_accepted_as_flaky_stays_so_whatever_it_gives() -> None:
    first = accept_cells(Judge(()), [cell(EPOLL, "flaky")], EVERY, "linux", {})
    for now in (cell(EPOLL, "hang", "loop-blocked"), cell(EPOLL)):
        again = accept_cells(Judge((), {"linux": first}), [now], EVERY, "linux", {})
        assert again.text == first.text
    gone = accept_cells(Judge((), {"linux": first}), [cell(EPOLL, "broken", "no-module-cgi")], EVERY, "linux", {})
    assert "flaky" not in gone.text
