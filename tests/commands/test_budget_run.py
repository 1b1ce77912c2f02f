"""`scrapy-compat run --cover` and `--budget` over real environments."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, count
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from harness.cli.main import scrapy_compat
from harness.cli.options import exit_code
from harness.commands import run as run_module
from harness.commands.run import run_plan
from harness.commands.run_end import RunEnd
from harness.commands.run_options import RunOptions
from harness.commands.stored_runs import open_run
from harness.infra.errors import ExitCode
from harness.model.outcome import Outcome
from harness.plan.coverage import SamplingRequest
from harness.render.view import ReportView
from harness.runner.time_budget import TimeBudget
from harness.sampling.axis_pairs import lane_values
from harness.store.run_directory import Runs
from harness.workspace import Filters
from tests.support import live

pytestmark = pytest.mark.index

USED_UP = "the budget of 10m was used up"
TINY = Filters(
    python=(live.HERE,), scrapy=("2.13.4",), profile=("latest",), lane=("epoll,asyncio-default",),
    scenario=("callback_fired,callback_pending,callback_nested",),
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with the cache that the tests share."""
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(place: Path, sampling: SamplingRequest, filters: Filters = TINY, *, jobs: int = 2) -> RunEnd:
    options = RunOptions(
        plan="full", filters=filters, sampling=sampling,
        jobs=jobs, isolate=False, fresh=False, upgrade=False, deadline=3.0,
        install_pythons=False, out=None, state=place / "state", matrix=None, baselines=place / "none", scenarios=(),
        command=("run",),
    )  # fmt: skip
    return run_plan(options, Console(file=io.StringIO()))


def over_after(monkeypatch: pytest.MonkeyPatch, *, beginnings: int) -> None:
    """The time is over when so many things have been begun."""
    begun = count()
    stop = TimeBudget(reason=USED_UP, over=lambda: next(begun) >= beginnings)
    monkeypatch.setattr(run_module, "stop_after", lambda *_: stop)


def view(place: Path, end: RunEnd) -> ReportView:
    with open_run(place / "state", end.run_id) as store:
        return ReportView.of_store(store)


def test_pairs_are_covered_by_fewer_cells_and_the_report_says_so(place: Path) -> None:
    arguments = [f"--{axis}={value}" for axis in ("python", "scrapy", "profile", "lane", "scenario")
                 for value in getattr(TINY, axis)]  # fmt: skip
    asked = ["run", "--plan", "full", *arguments, "--cover", "pairwise"]
    done = CliRunner().invoke(scrapy_compat, asked, standalone_mode=False)
    assert done.return_value == ExitCode.COMPLETE, done.output
    assert "no report" in done.output
    assert not (place / "reports").exists()
    again = CliRunner().invoke(scrapy_compat, [*asked, "--out", "out"], standalone_mode=False)
    assert "Nothing has changed" in again.output, again.output
    content = json.loads(Path("out/matrix.json").read_text(encoding="utf-8"))
    coverage = content["coverage"]
    assert content["run"]["plan"] == "full, cover pairwise, narrowed"
    # Each question of six lanes and helpers once is 21; all of them in both lanes are 42.
    assert 21 <= len(content["cells"]) == coverage["cells"]["chosen"] < coverage["cells"]["of"] == 42
    met = {pair for cell in content["cells"] for pair in pairs(cell)}
    assert sum(each["chosen"] for each in coverage["pairs"]) == sum(each["of"] for each in coverage["pairs"])
    assert {pair for pair in met if {axis for axis, _ in pair} == {4, 6}} == {
        ((4, reactor), (6, scenario))
        for reactor in ("epoll", "asyncio")
        for scenario in ("callback_fired", "callback_pending", "callback_nested")
    }
    assert "Pairs of axis values covered: " in Path("out/matrix.md").read_text(encoding="utf-8")


def pairs(cell: str) -> Iterator[tuple[tuple[int, str], ...]]:
    environment, lane, scenario, helper = cell.split("/")
    yield from combinations(enumerate((*environment.split("-"), *lane_values(lane), scenario, helper)), 2)


def test_an_environment_that_the_time_is_over_for_is_not_begun_and_is_run_the_next_time(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampling = SamplingRequest(budget="10m", seconds=600)
    with monkeypatch.context() as patched:
        over_after(patched, beginnings=0)
        end = run(place, sampling)
    assert (end.executed, end.complete, dict(end.outcomes)) == (0, False, {"not-run": 42})
    assert exit_code(frozenset({"incomplete"}), unexpected=0, complete=end.complete) is ExitCode.INCOMPLETE
    (environment,) = view(place, end).environments
    assert (environment.status, environment.reason) == (Outcome.NOT_RUN, USED_UP)
    whole = run(place, sampling)
    assert (whole.executed, whole.complete) == (42, True)
    assert Runs(place / "state").ids() == [end.run_id, whole.run_id]


def test_cells_that_the_time_is_over_for_are_not_begun_and_what_is_known_of_others_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampling = SamplingRequest(budget="10m", seconds=600)
    run(place, sampling, replace(TINY, lane=("epoll",)))
    with monkeypatch.context() as patched:
        # There is time to make the environment, and none for a process in it.
        over_after(patched, beginnings=1)
        end = run(place, sampling)
    assert (end.executed, end.complete, end.outcomes["not-run"]) == (0, False, 21)
    for cell in view(place, end).cells():
        late = cell.key.lane == "asyncio-default"
        assert (cell.observation.outcome is Outcome.NOT_RUN) is late
        assert (cell.observation.detail == USED_UP) is late
    whole = run(place, sampling)
    assert (whole.executed, whole.complete) == (21, True)


def test_what_runs_when_the_time_is_over_comes_to_its_end_and_what_is_next_in_its_process_is_not_begun(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampling = SamplingRequest(budget="10m", seconds=600)
    with monkeypatch.context() as patched:
        # The environment and one process, which has a lane after the other; it is over when the first lane has ended.
        over_after(patched, beginnings=2)
        end = run(place, sampling, jobs=1)
    assert (end.executed, end.complete, end.outcomes["not-run"]) == (21, False, 21)
    for cell in view(place, end).cells():
        assert (cell.observation.outcome is Outcome.NOT_RUN) is (cell.key.lane == "asyncio-default")
    whole = run(place, sampling)
    assert (whole.executed, whole.complete) == (21, True)
