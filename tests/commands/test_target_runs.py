"""Stored runs of `try`: what the commands that know scenarios alone say of them, and those that know both."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.commands.baseline import accept
from harness.commands.publish import publish
from harness.commands.show import shown_cell
from harness.commands.stored_runs import judged_run, open_run
from harness.commands.why import explained_cell
from harness.commands.why_measure import MeasureOptions, measure_cells
from harness.infra.errors import ConfigurationError, ExitCode
from harness.infra.resources import BASELINES
from harness.judge.verdict import Verdict
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome
from harness.plan.plan_records import Plan
from harness.render.text.why import WhyLines
from harness.render.view import ReportView
from harness.store.run_directory import Runs, now
from harness.targets.checks import CHECKS, LOAD, PLAIN
from harness.workspace import Workspace, load_workspace
from tests.support.synthetic import make_environments, make_results
from tests.support.views import ALL, only

OLD, NEW = "linux-py3.12-scrapy2.13.4-latest", "linux-py3.12-scrapy2.14.2-latest"
COMMAND = ("try", "../my plugin", "--scrapy", "2.13,2.14", "--budget", "10m", "--state", "state")
FAILING = f"{OLD}/epoll/{PLAIN}/none"


def of_checks(plan: Plan) -> Plan:
    """The plan with checks of a target in place of its scenarios."""
    environments = tuple(
        replace(each, lanes=tuple(replace(lane, cells=((LOAD, "none"), (PLAIN, "none"))) for lane in each.lanes))
        for each in plan.environments
    )
    return Plan(name="try made-plugin 1.2.3", environments=environments, scenarios={})


def store_target(state: Path, *names: str, failing: Iterable[str] = (FAILING,), without: Iterable[str] = ()) -> str:
    """Store a run of `try` in which everything passes but what fails, without the results of some cells; its id."""
    plan = of_checks(only(ALL, *names))
    with Runs(state).create(
        plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host={}, command=COMMAND
    ) as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        for result in make_results(plan):
            bad = result.key.id in failing
            outcome = Outcome.FAIL if bad else Outcome.PASS
            if result.key.id not in without:
                store.record_cells([replace(result, outcome=outcome, mechanism="raised-value-error" if bad else None)])
        store.finish(finished=now(), complete=True)
        return store.id


def store_scenarios(state: Path) -> str:
    plan = only(ALL, NEW)
    with Runs(state).create(
        plan="full", plan_hash=plan.hash, plan_json=plan.to_json(), host={}, command=("run",)
    ) as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        store.record_cells(make_results(plan))
        store.finish(finished=now(), complete=True)
        return store.id


@pytest.fixture(name="loaded", scope="module")
def loaded_fixture() -> Workspace:
    return load_workspace(None)


def test_claims_refuse_a_run_of_a_target_and_pass_over_one_for_a_run_of_scenarios(
    tmp_path: Path, loaded: Workspace
) -> None:
    judge, run_id = loaded.judge(tmp_path), store_target(tmp_path / "target", OLD, NEW)
    for named in (run_id, None):
        with pytest.raises(ConfigurationError, match=r"has checks of a target, and no scenario") as refused:
            judged_run(tmp_path / "target", named, judge, targets=False)
        assert "\n" not in str(refused.value)
    both = tmp_path / "both"
    scenarios = store_scenarios(both)
    store_target(both, NEW)
    assert judged_run(both, None, judge, targets=False).view.run.id == scenarios


@pytest.mark.parametrize("anyway", [True, False])
def test_a_run_of_a_target_is_never_published(tmp_path: Path, loaded: Workspace, *, anyway: bool) -> None:
    run_id = store_target(tmp_path, NEW)
    judge = loaded.judge(tmp_path)
    with pytest.raises(ConfigurationError, match="has checks of a target"):
        publish(tmp_path, run_id, platform="linux", loaded=loaded, judge=judge, folder=tmp_path / "out", anyway=anyway)
    assert not (tmp_path / "out").exists()


def test_what_a_target_gave_is_accepted_beside_its_runs_and_later_runs_are_judged_by_that(
    tmp_path: Path, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    state = tmp_path / "state"
    store_target(state, OLD, NEW)
    (update,) = accept(state, None, loaded, BASELINES)
    assert update.path == state / "baseline" / "linux.toml"
    assert update.path.is_file()
    assert not Path("baseline").exists()
    assert "raised-value-error" in update.path.read_text(encoding="utf-8")
    # A narrower run leaves what was accepted of the rest.
    store_target(state, NEW)
    (update,) = accept(state, None, loaded, BASELINES)
    assert (update.gone, update.new) == (0, 0)
    judge = loaded.judge(state / "baseline")
    with open_run(state, store_target(state, OLD, NEW, failing=[f"{NEW}/epoll/{LOAD}/none"])) as store:
        verdicts = {cell.at.key.id: judge.verdict(cell) for cell in ReportView.of_store(store).known()}
    assert {cell for cell, verdict in verdicts.items() if verdict is Verdict.UNEXPECTED} == {
        FAILING,
        f"{NEW}/epoll/{LOAD}/none",
    }


@pytest.mark.slow
def test_the_baseline_of_scenarios_takes_nothing_of_a_target(tmp_path: Path, loaded: Workspace) -> None:
    both, folder = tmp_path / "state", tmp_path / "accepted"
    scenarios = store_scenarios(both)
    run_id = store_target(both, OLD, NEW)
    (update,) = accept(both, None, loaded, folder)
    assert update.run == scenarios
    before = update.path.read_bytes()
    with pytest.raises(ConfigurationError, match="has what scenarios gave") as refused:
        list(accept(both, run_id, loaded, folder))
    assert "leave out --baseline" in str(refused.value)
    assert update.path.read_bytes() == before


def test_why_advises_the_command_of_try_and_never_one_of_run(tmp_path: Path) -> None:
    store_target(tmp_path, OLD, NEW)
    text = "\n".join(WhyLines(explained_cell(tmp_path, None, FAILING)).lines())
    commands = [line.strip() for line in text.splitlines() if line.strip().startswith("scrapy-compat")]
    assert commands
    assert all(line.startswith("scrapy-compat try '../my plugin' --state state --cell ") for line in commands)
    both = ["--cell", FAILING, "--cell", FAILING.replace(OLD, NEW), "--fresh"]
    assert both in [shlex.split(command)[5:] for command in commands]
    assert "--measure" not in text


def test_why_of_a_cell_that_no_run_has_says_how_try_runs_it(tmp_path: Path) -> None:
    absent = f"linux-py3.9-scrapy2.9.0-latest/epoll/{PLAIN}/none"
    with pytest.raises(ConfigurationError, match="scrapy-compat try TARGET --cell"):
        explained_cell(tmp_path, None, absent)
    store_target(tmp_path, NEW)
    with pytest.raises(
        ConfigurationError, match=r"run this one: scrapy-compat try '../my plugin' --state state --cell"
    ):
        explained_cell(tmp_path, None, absent)


def test_measuring_a_check_of_a_target_is_refused_with_the_command_that_would_tell(tmp_path: Path) -> None:
    store_target(tmp_path, OLD, NEW, without=[FAILING.replace(OLD, NEW)])
    options = MeasureOptions(state=tmp_path, matrix=None, baselines=tmp_path, deadline=5.0)
    with pytest.raises(ConfigurationError) as refused:
        measure_cells(explained_cell(tmp_path, None, FAILING), options, lambda _: pytest.fail("it ran"))
    told = str(refused.value)
    assert "\n" not in told
    assert f"--measure runs scenarios, and {PLAIN} is a check of a target" in told.replace(": ", " ", 1)
    assert "scrapy-compat try '../my plugin' --state state --cell " in told


def test_show_names_the_folder_of_the_runs_in_what_it_advises(tmp_path: Path, loaded: Workspace) -> None:
    store_target(tmp_path, OLD, NEW)
    text = "\n".join(shown_cell(tmp_path, None, FAILING, loaded.judge(tmp_path)).lines(lock=False))
    assert f"scrapy-compat why {FAILING} --state {tmp_path}" in text
    assert "scrapy-compat try '../my plugin' --state state --cell" in text


@pytest.mark.slow
def test_the_command_line_ends_with_the_code_of_a_wrong_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store_target(tmp_path, NEW)
    with pytest.raises(SystemExit) as ended:
        main(["claims", "--state", str(tmp_path)])
    assert ended.value.code == ExitCode.CONFIGURATION
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_checks_that_are_told_apart_from_scenarios_are_those_that_ship(loaded: Workspace) -> None:
    assert not CHECKS & loaded.scenarios.keys()
    assert {CellCoordinates.of(key).scenario for key in of_checks(only(ALL, NEW)).keys()} <= CHECKS
