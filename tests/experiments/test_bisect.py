"""Bisecting: every change between the points that are asked for, with little tried, and for real."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.commands.bisect import BisectOptions, run_bisection, search_package
from harness.experiments.bisect.bisector import Bisector, find_changes, spanned
from harness.experiments.bisect.step_results import AxisStep, Bisection
from harness.experiments.bisect.steps import declared_by
from harness.experiments.bisect.stored_pair import StoredEnd, ends_along, narrowest_pair
from harness.experiments.lab import TrialResult
from harness.infra.errors import ConfigurationError
from harness.infra.resources import matrix_file, scenarios_dir
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment
from harness.render.text.bisect import bisection_lines, differences, search_lines
from tests.support.live import HERE
from tests.support.stored_runs import PLAN
from tests.support.synthetic import make_environments, make_results


def cell(scenario: str, helper: str, lane: str = "asyncio-default") -> str:
    return f"linux-py{HERE}-scrapy2.13.4-latest/{lane}/{scenario}/{helper}"


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 9)), min_size=1))
def test_what_changes_once_and_for_all_is_found_with_a_logarithm_of_trials(runs: list[tuple[str, int]]) -> None:
    distinct = dict(runs)  # Each signature in one piece.
    values = [letter for letter, length in distinct.items() for _ in range(length)]
    tried = set()

    def signature(place: int) -> str:
        tried.add(place)
        return values[place]

    found = find_changes(signature, [0, len(values) - 1])
    assert found == [place for place in range(len(values) - 1) if values[place] != values[place + 1]]
    assert len(tried) <= 2 + len(found) * (math.ceil(math.log2(len(values))) + 1)


@given(st.lists(st.booleans(), min_size=2, max_size=30))
def test_every_change_that_is_named_is_one(values: list[bool]) -> None:
    found = find_changes(lambda place: values[place], [0, len(values) // 2, len(values) - 1])
    assert all(values[place] != values[place + 1] for place in found)
    assert (values[0] != values[-1]) <= bool(found)


def test_the_cells_own_value_shows_a_change_between_two_ends_that_are_alike() -> None:
    values = "aaabbaa"
    assert find_changes(lambda place: values[place], [0, 4, 6]) == [2, 4]


@pytest.mark.parametrize(
    ("good", "bad", "itself", "span"),
    [
        (None, None, 5, (0, 9)),
        (2, 7, 5, (2, 7)),
        (7, 2, None, (2, 7)),
        (2, None, 5, (2, 5)),
        (7, None, 5, (5, 7)),
        (None, 2, 5, (2, 5)),
        (5, None, 5, (5, 9)),
        (None, 5, 5, (0, 5)),
        (2, None, 0, (0, 2)),
        (2, None, None, (2, 9)),
        (None, 2, None, (0, 2)),
    ],
)
def test_one_end_alone_goes_to_what_the_cell_itself_has(
    good: int | None, bad: int | None, itself: int | None, span: tuple[int, int]
) -> None:
    assert spanned(good, bad, itself=itself, newest=9) == span


def test_packages_that_differ_are_told_with_both_versions() -> None:
    before, after = {"a": "1", "b": "1", "python_build": "x"}, {"b": "2", "c": "3", "python_build": "y"}
    assert differences(before, after) == ["a 1 -> none", "b 1 -> 2", "c none -> 3"]


def test_what_a_package_declares_is_read_from_its_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "Scrapy-2.5.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Name: Scrapy\nRequires-Dist: Twisted[http2] (>=17.9.0)\nRequires-Dist: six>=1; python_version < '3'\n\nText"
    )
    assert {name: str(specifier) for name, specifier in declared_by(tmp_path, "scrapy").items()} == {
        "twisted": ">=17.9.0"
    }


@pytest.mark.parametrize("text", ["linux-py3.12-scrapy2.13.4-latest", "*/epoll/*"])
def test_what_is_not_one_cell_is_refused(text: str) -> None:
    options = BisectOptions(cell=text, axis="scrapy", good=None, bad=None, deadline=5.0, matrix=None, scenarios=())
    with pytest.raises(ConfigurationError, match="--cell"):
        run_bisection(options)


RESULTS = {"p": (Outcome.PASS, None), "f": (Outcome.FAIL, "planted"), "b": (Outcome.BROKEN, "planted")}


class PlantedAxes:
    """An axis of ten releases, 0 to 9, of which `now` tells what the cell gives with each."""

    def __init__(self, now: str, own: str = "9") -> None:
        self.now, self.own = now, own
        self.ran: list[str] = []

    def steps(self, _axis: str) -> tuple[str, list[AxisStep]]:
        first = replace(PLAN.environments[0], lanes=(replace(PLAN.environments[0].lanes[0], status=None),))
        return self.own, [
            AxisStep(label=str(number), day=None, planned=replace(first, scrapy=str(number))) for number in range(10)
        ]

    def run(self, planned: PlannedEnvironment, **_how: object) -> TrialResult:
        self.ran.append(planned.scrapy)
        outcome, mechanism = RESULTS[self.now[int(planned.scrapy)]]
        one = replace(next(iter(make_results(PLAN))), outcome=outcome, mechanism=mechanism)
        return TrialResult(environment=make_environments(PLAN, healthy=True)[0], cells=(one,))


def begun(now: str, stored: dict[str, str], own: str = "9", **ends: str) -> tuple[Bisection, list[str]]:
    axes = PlantedAxes(now, own)
    ends_of = [StoredEnd(label=label, result=RESULTS[letter], run="run x") for label, letter in stored.items()]
    return Bisector(cast("Any", axes), cast("Any", axes)).bisect("scrapy", stored=ends_of, **ends), axes.ran


def test_it_begins_at_the_nearest_stored_pair_and_runs_both_ends_before_all_else() -> None:
    bisection, ran = begun("ffffffpppp", {"0": "f", "4": "f", "7": "p", "9": "p"})
    assert ran[:2] == ["4", "7"]
    assert set(ran) == {"4", "7", "5", "6"}
    assert [(first.step.label, last.step.label) for first, last in bisection.changes] == [("5", "6")]
    assert bisection.beginning is not None and bisection.beginning.holds
    words = "\n".join(bisection_lines(CellKey("e", "l", "s", "h"), bisection))
    assert "run x: Scrapy 4 fail planted, 7 pass" in words
    assert "nothing outside them was tried" in words
    assert f"the whole range takes {bisection.whole} " in words
    assert bisection.whole == len(begun("ffffffpppp", {})[1]) > len(bisection.tried)


@pytest.mark.parametrize("now", ["fppppppppp", "ffffffffpp"])
def test_a_stored_pair_that_does_not_hold_gives_the_whole_range_and_is_told(now: str) -> None:
    bisection, ran = begun(now, {"4": "f", "7": "p"})
    assert ran[:2] == ["4", "7"]
    assert [side.step.label for pair in bisection.changes for side in pair] == [
        side.step.label for pair in begun(now, {})[0].changes for side in pair
    ]
    assert bisection.beginning is not None and not bisection.beginning.holds
    assert "run again, it is not so" in "\n".join(bisection_lines(CellKey("e", "l", "s", "h"), bisection))


def test_a_stored_pair_outside_of_what_was_asked_for_is_not_begun_at() -> None:
    bisection, ran = begun("ffffffpppp", {"4": "f", "7": "p"}, good="9", bad="5")
    assert bisection.beginning is None
    assert "4" not in ran


def test_a_pair_with_the_result_of_the_cell_itself_comes_before_a_nearer_one() -> None:
    bisection, _ = begun("bbppppffff", {"1": "b", "2": "p", "4": "p", "9": "f"})
    assert [(first.step.label, last.step.label) for first, last in bisection.changes] == [("5", "6")]


@given(st.dictionaries(st.integers(0, 9), st.sampled_from("pfb")))
def test_between_the_ends_of_a_pair_no_run_has_the_cell_and_one_of_them_passes(stored: dict[int, str]) -> None:
    ends = [StoredEnd(label=str(label), result=RESULTS[letter], run="") for label, letter in stored.items()]
    pair = narrowest_pair([str(number) for number in range(10)], ends, None)
    passing = [stored[label] == "p" for label in sorted(stored)]
    assert (pair is None) is (len(set(passing)) < 2)
    if pair is not None:
        first, last = int(pair.first.label), int(pair.last.label)
        assert first < last and not any(first < label < last for label in stored)
        assert [stored[first], stored[last]].count("p") == 1


def test_along_a_package_environments_that_differ_in_it_alone_are_compared() -> None:
    own = CellKey.parse(cell("callback_fired", "direct"))
    at = CellCoordinates.of(own)
    known = [
        KnownCell(each, Outcome.PASS, None, None, None, None)
        for each in (at, at._replace(profile="era"), at._replace(profile="pinned"), at._replace(scrapy="2.14.2"))
    ]
    versions = {
        at.key.environment: {"twisted": "25.5.0", "w3lib": "2"},
        at._replace(profile="era").key.environment: {"twisted": "24.11.0", "w3lib": "2"},
        at._replace(profile="pinned").key.environment: {"twisted": "24.3.0", "w3lib": "1"},
        at._replace(scrapy="2.14.2").key.environment: {"twisted": "24.7.0", "w3lib": "2"},
    }
    assert [label for label, _ in ends_along("Twisted", own, known, versions).values()] == ["25.5.0", "24.11.0"]
    assert [label for label, _ in ends_along("scrapy", own, known, versions).values()] == ["2.13.4", "2.14.2"]


@pytest.mark.index
@pytest.mark.python312
def test_what_stored_runs_tell_is_where_it_begins_and_saves_runs(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    # No run is stored here: that which ships stands in. It knows these releases with Python 3.12.
    monkeypatch.chdir(tmp_path)
    wanted = cell("callback_pending", "ensure_awaitable").replace(f"-py{HERE}-", "-py3.12-")
    options = BisectOptions(
        cell=wanted, axis="scrapy", good="2.19.0", bad="2.13.4", deadline=10.0, matrix=None, scenarios=()
    )
    _, bisection = run_bisection(options)
    assert bisection.beginning is not None and bisection.beginning.holds
    assert bisection.beginning.stored.first.label == "2.13.4"
    assert [side.label for pair in bisection.changes for side in (each.step for each in pair)] == ["2.13.4", "2.14.0"]
    assert len(bisection.tried) < bisection.whole


@pytest.mark.index
def test_the_package_that_the_error_names_is_bisected_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    wanted = f"linux-py{HERE}-scrapy2.12.0-latest/epoll/callback_pending/direct"
    options = BisectOptions(cell=wanted, axis="package", good=None, bad=None, deadline=10.0, matrix=None, scenarios=())
    key, search = search_package(options)
    assert search.named == ("w3lib",)
    assert [each.axis for each in search.searches] == ["w3lib"]
    assert search.found is not None
    ((before, after),) = search.found.changes
    assert (before.step.label, after.step.label) == ("2.4.1", "2.5.0")
    assert f"the cell was run in {1 + len(search.found.tried)} environments" in list(search_lines(key, search))


@pytest.mark.index
def test_a_helper_is_missing_up_to_the_release_that_brought_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    wanted = cell("callback_pending", "ensure_awaitable")
    key, bisection = run_bisection(
        BisectOptions(cell=wanted, axis="scrapy", good="2.13.4", bad="2.14.1", deadline=10.0, matrix=None, scenarios=())
    )
    ((before, after),) = bisection.changes
    assert (before.step.label, after.step.label) == ("2.13.4", "2.14.0")
    assert before.mechanism == "helper-missing"
    assert after.outcome.value == "pass"
    assert "scrapy 2.13.4 -> 2.14.0" in "\n".join(bisection_lines(key, bisection))
    assert len(bisection.tried) < len(bisection.steps) + 1


@pytest.mark.index
def test_along_a_package_only_what_scrapy_declares_is_tried(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    wanted = cell("callback_pending", "maybe_deferred_to_future")
    _, bisection = run_bisection(
        BisectOptions(
            cell=wanted, axis="twisted", good="24.11.0", bad="25.5.0", deadline=10.0, matrix=None, scenarios=()
        )
    )
    assert [step.label for step in bisection.steps] == ["24.11.0", "25.5.0"]
    assert bisection.changes == ()
    assert {side.outcome.value for side in bisection.tried} == {"pass"}
    assert {side.versions["twisted"] for side in bisection.tried} == {"24.11.0", "25.5.0"}


@pytest.mark.index
def test_a_scenario_of_ones_own_that_the_matrix_names_is_bisected_from_one_end(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    shutil.copy(scenarios_dir() / "callback_fired.py", tmp_path / "own_question.py")
    matrix = tmp_path / "matrix.toml"
    matrix.write_text(f'scenarios = ["."]\n{matrix_file().read_text(encoding="utf-8")}', encoding="utf-8")
    wanted = cell("own_question", "ensure_awaitable")
    options = BisectOptions(
        cell=wanted, axis="scrapy", good="2.14.0", bad=None, deadline=10.0, matrix=matrix, scenarios=()
    )
    _, bisection = run_bisection(options)
    assert [step.label for step in bisection.steps] == ["2.13.4", "2.14.0"]
    ((before, after),) = bisection.changes
    assert (before.mechanism, after.outcome.value) == ("helper-missing", "pass")
