"""`why` answers from stored runs: what makes a cell pass first, then what does not help, then what was not tried."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.commands.why import explained_cell
from harness.infra.errors import ConfigurationError
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import Plan
from harness.render.text.why import WhyLines
from harness.store.run_directory import Runs, now
from harness.store.schema import NARROWED
from tests.support.compared_runs import stored
from tests.support.synthetic import make_environments, make_results
from tests.support.views import ALL, only

OLD, NEW, ERA = "linux-py3.12-scrapy2.5.1-era", "linux-py3.12-scrapy2.13.4-era", "linux-py3.12-scrapy2.14.2-era"
BROKEN, OTHER = "linux-py3.12-scrapy2.11.2-latest", "linux-py3.12-scrapy2.11.2-era"
PLAN = only(ALL, OLD, NEW, ERA, BROKEN, OTHER)
DIRECT = f"{NEW}/asyncio-default/callback_pending/direct"


@pytest.fixture(scope="module", name="state")
def state_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    stored(state, PLAN, make_results(PLAN))
    return state


def why(state: Path, cell: str) -> str:
    return "\n".join(WhyLines(explained_cell(state, None, cell)).lines())


def add_narrowed(state: Path, plan: Plan, results: Iterable[CellResult], fingerprint: str | None = None) -> None:
    """A run of some cells since."""
    narrowed = replace(plan, name=plan.name)
    run = Runs(state).create(
        plan=f"full{NARROWED}", plan_hash=narrowed.hash, plan_json=narrowed.to_json(), host={}, command=()
    )
    with run as store:
        for environment in make_environments(narrowed):
            store.record_environment(replace(environment, fingerprint=fingerprint or environment.fingerprint))
        store.record_cells(results)
        store.finish(finished=now(), complete=True)


def test_the_answer_comes_first_nearest_first_with_the_cell_and_one_command_that_runs_both(state: Path) -> None:
    lines = why(state, DIRECT).splitlines()
    assert lines[:2] == [DIRECT, "fail task-got-bad-yield: Task got bad yield: <Deferred at 0x7f>"]
    assert lines[4] == "It passes with one change:"
    assert lines[5].startswith("  helper: deferred_to_future, maybe_deferred_to_future, ")
    assert lines[6] == f"    {DIRECT.replace('direct', 'deferred_to_future')}"
    assert lines[7] == f"    scrapy-compat run --cell {DIRECT} --cell {lines[6].strip()} --isolate --fresh"
    assert lines[8].startswith("  reactor: ")
    assert "epoll" in lines[8]


def test_what_was_tried_alone_and_does_not_help_is_told(state: Path) -> None:
    text = why(state, DIRECT).partition("do not help:")[2]
    assert "\n  loop: selector, uvloop, rloop\n" in text
    assert "\n  Scrapy 2.11, 2.14\n" in text
    assert "\n  reactor: none: unsupported\n" in text


def test_of_a_missing_helper_it_is_the_release(state: Path) -> None:
    found = explained_cell(state, None, f"{NEW}/epoll/callback_pending/ensure_awaitable")
    told = {pairs.axis: [other.at.scrapy for other in pairs.flips] for pairs in found.causes.axes}
    assert told["scrapy"] == ["2.14.2"]
    assert {axis for axis, others in told.items() if others} == {"helper", "scrapy"}


def test_a_changed_profile_names_the_packages_that_differ(state: Path) -> None:
    (told,) = [line for line in why(state, f"{BROKEN}/epoll/callback_pending/direct").splitlines() if "profile" in line]
    assert told == "  profile: era"
    found = explained_cell(state, None, f"{BROKEN}/epoll/callback_pending/direct").object()
    (profile,) = [axis for axis in found["axes"] if axis["axis"] == "profile"]
    assert profile["effect"] == "cause"


def test_of_a_cell_that_passes_it_is_told_what_breaks_it(state: Path) -> None:
    text = why(state, f"{NEW}/epoll/callback_pending/direct")
    assert "It does not pass with one change:" in text
    assert "  reactor: asyncio, none (fail task-got-bad-yield and unsupported)" in text
    assert "Changed alone, these change nothing:" in text


def test_of_a_cell_that_nothing_makes_pass_that_is_told(tmp_path: Path) -> None:
    def fails(result: CellResult) -> CellResult:
        wrong = result.key.scenario == "callback_shared"
        return replace(result, outcome=Outcome.FAIL, mechanism="wrong-value") if wrong else result

    stored(tmp_path, PLAN, map(fails, make_results(PLAN)))
    text = why(tmp_path, f"{NEW}/epoll/callback_shared/direct")
    assert "Nothing that was tried alone makes it pass." in text
    assert "passes with" not in text
    assert "Other scenarios in this place: " in text


def test_what_changes_only_together_is_not_told_apart_and_the_cells_that_would_tell_are_named(tmp_path: Path) -> None:
    far = "linux-py3.10-scrapy2.14.2-era"
    plan = only(ALL, NEW, far)
    wrong = (replace(result, outcome=Outcome.FAIL, mechanism="wrong-value") if result.mechanism == "helper-missing"
             else result for result in make_results(plan))  # fmt: skip
    stored(tmp_path, plan, wrong)
    cell = f"{NEW}/epoll/callback_pending/ensure_awaitable"
    assert "  Scrapy 2.14.2, Python 3.10: Scrapy or Python (not told apart)\n" in why(tmp_path, cell)
    (joint,) = [each for each in explained_cell(tmp_path, None, cell).causes.joint if "scrapy" in each.suspects]
    assert [at.key.environment for at in joint.telling] == [
        "linux-py3.12-scrapy2.14.2-era",
        "linux-py3.10-scrapy2.13.4-era",
    ]


def test_a_helper_that_is_missing_is_told_to_be_scrapys_and_of_nothing_else(tmp_path: Path) -> None:
    far = "linux-py3.10-scrapy2.14.2-era"
    plan = only(ALL, NEW, far)
    stored(tmp_path, plan, make_results(plan))
    for cell in (f"{NEW}/epoll/callback_pending/ensure_awaitable", f"{far}/epoll/callback_pending/ensure_awaitable"):
        text = why(tmp_path, cell)
        assert ", Python 3.1" in text
        assert ": Scrapy alone (helper-missing)\n" in text
        assert "not told apart" not in text


def test_a_lane_that_a_release_does_not_have_is_not_among_what_was_not_tried(tmp_path: Path) -> None:
    far = "linux-py3.10-scrapy2.14.2-era"
    later = "linux-py3.12-scrapy2.19.0-latest"
    plan = only(ALL, NEW, far, later)
    stored(tmp_path, plan, make_results(plan))
    cell = f"{later}/none-default/callback_pending/deferred_to_future"
    explained = explained_cell(tmp_path, None, cell)
    assert {"2.13.4", "2.14.2"} == {at.scrapy for at in explained.known} - {"2.19.0"}
    scrapy = next(pairs for pairs in explained.causes.axes if pairs.axis == "scrapy")
    assert scrapy.untried == ()


def test_the_nearest_cell_that_no_run_has_is_told_to_be_that_with_the_command(tmp_path: Path) -> None:
    far = "linux-py3.10-scrapy2.14.2-era"
    plan = only(ALL, NEW, far)
    stored(tmp_path, plan, make_results(plan))
    nearest = "linux-py3.10-scrapy2.13.4-era/epoll/callback_pending/direct"
    text = why(tmp_path, f"{NEW}/epoll/callback_pending/direct")
    assert f"    nearest: {nearest}, which is in no run here\n    scrapy-compat run --cell {nearest} " in text


def test_a_cell_measured_since_counts_where_its_environment_is_the_same(tmp_path: Path) -> None:
    plan = only(ALL, NEW)
    stored(tmp_path, plan, make_results(plan))
    cell = f"{NEW}/epoll/callback_pending/ensure_awaitable"
    assert "Scrapy" not in why(tmp_path, cell).partition("one change:")[2]
    since = only(ALL, ERA)
    add_narrowed(tmp_path, since, make_results(since))
    assert "  Scrapy 2.14\n" in why(tmp_path, cell).partition("one change:")[2]


def test_a_cell_measured_since_with_other_packages_does_not_count(tmp_path: Path) -> None:
    plan = only(ALL, NEW)
    first = [result for result in make_results(plan) if result.key.helper != "direct"]
    stored(tmp_path, plan, first)
    cell = f"{NEW}/epoll/callback_pending/as_future"

    def helpers() -> list[str]:
        pairs = next(each for each in explained_cell(tmp_path, None, cell).causes.axes if each.axis == "helper")
        return [other.at.helper for other in pairs.flips]

    assert "direct" not in helpers()
    add_narrowed(tmp_path, plan, make_results(plan), fingerprint="others")
    assert "direct" not in helpers()
    add_narrowed(tmp_path, plan, make_results(plan))
    assert "direct" in helpers()


def test_of_a_cell_of_which_nothing_is_known_that_is_told_with_the_command_that_runs_it(tmp_path: Path) -> None:
    plan = only(ALL, NEW)
    stored(tmp_path, plan, [])
    text = why(tmp_path, DIRECT)
    assert "not-run: nothing was recorded for this cell" in text
    assert f"scrapy-compat run --cell {DIRECT} --isolate --fresh" in text


@pytest.mark.parametrize("cell", [DIRECT.replace("callback_pending", "nowhere"), DIRECT.replace("linux", "macos")])
def test_a_cell_that_no_run_has_is_refused(state: Path, cell: str) -> None:
    with pytest.raises(ConfigurationError, match="does not have this cell"):
        explained_cell(state, None, cell)


def test_where_no_run_is_stored_a_cell_that_the_shipped_run_lacks_is_refused_with_the_command(tmp_path: Path) -> None:
    cell = "linux-py3.11-scrapy2.13.4-latest/asyncio-default/callback_pending/direct"
    with pytest.raises(ConfigurationError, match=f"comes with the harness does not have this cell.* --cell '{cell}'"):
        explained_cell(tmp_path, None, cell)


def test_what_is_no_cell_and_what_is_no_run_are_refused(state: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not <environment>"):
        explained_cell(state, None, "nonsense")
    with pytest.raises(ConfigurationError, match="no run is stored"):
        explained_cell(tmp_path, None, DIRECT.replace("direct", "of_nobody"))
    with pytest.raises(ConfigurationError, match="no such run"):
        explained_cell(state, "20200101T000000Z-000000", DIRECT)


def test_the_object_for_programs_has_every_axis_with_its_cells(state: Path) -> None:
    found = json.loads(json.dumps(explained_cell(state, None, DIRECT).object()))
    assert (found["cell"], found["outcome"], found["mechanism"]) == (DIRECT, "fail", "task-got-bad-yield")
    effects = {axis["axis"]: axis["effect"] for axis in found["axes"]}
    assert [axis for axis, effect in effects.items() if effect == "cause"] == ["helper", "reactor", "scenario"]
    assert [axis for axis, effect in effects.items() if effect == "ruled-out"] == ["loop", "scrapy"]
    assert [axis for axis, effect in effects.items() if effect == "not-tried"] == ["profile", "python", "platform"]
    helper = next(axis for axis in found["axes"] if axis["axis"] == "helper")
    assert all(CellKey.parse(each["cell"]).helper != "direct" for each in helper["flips"])
    assert helper["command"].startswith(f"scrapy-compat run --cell {DIRECT} --cell ")


def test_the_cells_near_one_are_all_that_is_compared_and_no_others(state: Path) -> None:
    key = CellKey.parse(DIRECT)
    (run,) = Runs(state).ids()
    with Runs(state).open(run) as store:
        everything, near = store.rows(), store.rows_near(key)
    wanted = [row for row in everything if row.environment == NEW or row[2:4] == key[2:]]
    assert sorted(map(str, near)) == sorted(map(str, wanted))
    assert 0 < len(near) < len(everything)
