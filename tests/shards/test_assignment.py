"""Splitting a plan: everything in one shard each, balanced, the same wherever it is done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS
from harness.model.ids import EnvironmentId
from harness.model.outcome import Outcome
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane
from harness.sampling.costs import MAKING
from harness.sampling.past_durations import times_of
from harness.shards import ci
from harness.shards.assignment import Assignment, assign, cells_to_run, restricted, to_be_run
from harness.store.run_directory import Runs
from harness.workspace import Filters, make_planned
from tests.support import artifact_fixture

GRID = tuple((f"scenario{number}", "direct") for number in range(400))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Environments of several platforms, of any size, some of them with nothing to run."""
    made = []
    sizes = st.lists(st.integers(0, 400), min_size=0, max_size=12)
    for platform in PLATFORMS:
        for number, size in enumerate(draw(sizes)):
            lane = PlannedLane(name="select", status=None, reason=None, overlays=(), cells=GRID[:size])
            ruled_out = draw(st.sampled_from([None, None, None, Outcome.EXCLUDED]))
            made.append(_environment(platform, number, replace(lane, status=ruled_out)))
    return Plan(name="any", environments=tuple(draw(st.permutations(made))))


def _environment(platform: str, number: int, lane: PlannedLane) -> PlannedEnvironment:
    python = f"3.{number}"
    return PlannedEnvironment(
        id=EnvironmentId(platform, python, "2.13.4", "latest").id, platform=platform, python=python, scrapy="2.13.4",
        requirement="scrapy==2.13.4", profile="latest", exclude_newer=None, exempt={}, constraints=(), status=None,
        reason=None, lanes=(lane,),
    )  # fmt: skip


def _split(plan: Plan, shards: int, times: dict[str, int]) -> Assignment:
    present = len({each.platform for each in to_be_run(plan)})
    return assign(plan, max(shards, present), times)


@pytest.mark.slow
@given(plans(), st.integers(1, 20))
def test_every_environment_that_has_cells_is_in_exactly_one_shard(plan: Plan, shards: int) -> None:
    split = _split(plan, shards, {})
    inside = [name for shard in split.shards for name in shard.environments]
    assert sorted(inside) == sorted(each.id for each in plan.environments if cells_to_run(each))
    assert sum(shard.cells for shard in split.shards) == plan.count_runnable()[1]


@given(plans(), st.integers(1, 20))
def test_a_shard_has_one_platform_and_is_not_empty(plan: Plan, shards: int) -> None:
    split = _split(plan, shards, {})
    for shard in split.shards:
        assert {EnvironmentId.parse(name).platform for name in shard.environments} == {shard.platform}
    assert [shard.number for shard in split.shards] == list(range(1, len(split.shards) + 1))
    assert len(split.shards) == min(split.of, len(to_be_run(plan)))
    assert bool(split.notes()) == (len(split.shards) < split.of)


@pytest.mark.slow
@given(plans(), st.integers(1, 20), st.dictionaries(st.integers(0, 11), st.integers(0, 10**6)))
def test_no_shard_takes_longer_than_an_even_part_and_one_environment(
    plan: Plan, shards: int, known: dict[int, int]
) -> None:
    times = {each.id: known[int(each.python[2:])] for each in plan.environments if int(each.python[2:]) in known}
    split = _split(plan, shards, times)
    for platform in PLATFORMS:
        loads = [shard.milliseconds for shard in split.shards if shard.platform == platform]
        longest = max((split.weights[each.id] for each in to_be_run(plan) if each.platform == platform), default=0)
        assert not loads or max(loads) <= sum(loads) / len(loads) + longest


@pytest.mark.slow
@given(plans(), st.integers(1, 20), st.randoms())
def test_the_order_of_environments_in_the_plan_changes_nothing(plan: Plan, shards: int, chance: object) -> None:
    shuffled = list(plan.environments)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = replace(plan, environments=tuple(shuffled))
    assert _split(again, shards, {}).hash == _split(plan, shards, {}).hash


@given(plans(), st.integers(2, 20))
def test_a_platform_that_takes_longer_has_no_fewer_shards_unless_it_has_no_more_environments(
    plan: Plan, shards: int
) -> None:
    split = _split(plan, shards, {})
    of = {platform: [shard for shard in split.shards if shard.platform == platform] for platform in PLATFORMS}
    total = {platform: sum(shard.milliseconds for shard in inside) for platform, inside in of.items()}
    for longer in PLATFORMS:
        environments = sum(len(shard.environments) for shard in of[longer])
        for other in PLATFORMS:
            if total[longer] > total[other] > 0 and len(of[longer]) < environments:
                assert len(of[longer]) >= len(of[other])


def test_fewer_shards_than_platforms_are_refused_with_the_number_that_is_right() -> None:
    with pytest.raises(ConfigurationError, match=r"--shards 2: is too few for 3 platforms.*take 3 or more"):
        artifact_fixture.part(1, 2)


@pytest.mark.slow
def test_a_shard_that_there_is_not_is_refused() -> None:
    assert artifact_fixture.part(6, 9).shard.name == "6/9"
    with pytest.raises(ConfigurationError, match=r"--shard 7/9: this plan has 6 shards"):
        artifact_fixture.part(7, 9)


def test_one_entry_of_the_matrix_for_github_is_a_line_that_fits_its_output_file() -> None:
    filters = artifact_fixture.ASKED
    plan = make_planned(None, (), "full", filters).plan
    asked = ci.AskedSplit(filters=filters, extra=["--times=times.json"])
    (line,) = ci.shards_lines(plan, assign(plan, 3), asked, "github")
    name, _, text = line.partition("=")
    assert name == "matrix"
    entries = json.loads(text)["include"]
    assert [entry["shard"] for entry in entries] == ["1/3", "2/3", "3/3"]
    assert [entry["os"] for entry in entries] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert entries[0] == {
        "shard": "1/3", "platform": "linux", "os": "ubuntu-latest", "pythons": "3.11 3.12", "cells": 56,
        "environments": 2, "seconds": round(2 * MAKING / 1000 + 56 * 0.02), "artifact": "shard-1-of-3",
    }  # fmt: skip


def test_the_pipeline_for_gitlab_runs_every_shard_and_merges_with_the_same_options() -> None:
    plan = make_planned(None, (), "full", artifact_fixture.ASKED).plan
    asked = ci.AskedSplit(filters=artifact_fixture.ASKED, extra=["--times=times.json"])
    text = "\n".join(ci.shards_lines(plan, assign(plan, 3), asked, "gitlab"))
    options = "--plan full --platform linux --platform windows --platform macos --python 3.11"
    for number in (1, 2, 3):
        assert f'"shard-{number}-of-3":' in text
        assert f"--shards 3 --times=times.json --shard {number}/3 --artifact artifacts" in text
    assert f"scrapy-compat merge artifacts {options}" in text
    assert text.count(options) == 4


def test_a_file_of_times_gives_the_same_shards_as_the_runs_that_it_was_made_from(tmp_path: Path) -> None:
    filters = Filters(platform=("linux",), python=("3.10", "3.11", "3.12"), scrapy=("2.13",), profile=("latest",))
    plan = make_planned(None, (), "full", filters).plan
    slow = next(each.id for each in plan.environments if each.python == "3.11" and each.status is None)
    with Runs(tmp_path).create(plan="full", plan_hash="", plan_json="{}", host={}, command=()) as store:
        for result in artifact_fixture.results(restricted(plan, [slow])):
            store.record_cells([replace(result, seconds=60.0)])
    split = assign(plan, 2, times_of(tmp_path))
    assert [shard.environments for shard in split.shards if slow in shard.environments] == [(slow,)]
    assert split.hash != assign(plan, 2).hash
    asked = ci.AskedSplit(filters=filters, extra=[])
    file = tmp_path / "times.json"
    file.write_text("\n".join(ci.shards_lines(plan, split, asked, "json")), encoding="utf-8")
    again = assign(plan, 2, times_of(file))
    assert (again.hash, again.weights) == (split.hash, split.weights)


@pytest.mark.parametrize("content", ["", "{}", '{"environments": {"a": {"seconds": NaN}}}', "[1]", "\x00"])
def test_a_file_that_holds_no_times_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "times.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"times\.json.*--format json"):
        times_of(file)
