"""Bisecting: every change between the points that are asked for, with little tried, and for real."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.commands.bisect import BisectOptions, run_bisection
from harness.experiments.bisect.bisector import find_changes, spanned
from harness.experiments.bisect.steps import declared_by
from harness.infra.errors import ConfigurationError
from harness.infra.resources import matrix_file, scenarios_dir
from harness.render.text.bisect import bisection_lines, differences
from tests.support.live import HERE


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
