"""Publishing: only a whole, complete run of the full plan renews the measurement that the repository keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.infra.errors import ExitCode
from harness.plan.selection import Selection
from harness.render.packed_run import read_packed_run
from harness.store.run_directory import Runs, now
from harness.workspace import Filters, Workspace, load_workspace
from tests.support.artifact_fixture import environments, results
from tests.support.matrices import matrix_of_one_environment

ROOT = Path(__file__).resolve().parents[2]
WHOLE = Filters(platform=("linux",))
PART = Filters(platform=("linux",), lane=("epoll",))

FULL = """[plan.full]
description = "two lanes of one environment"

[[plan.full.select]]
python = "*"
scrapy = "*"
profiles = ["latest"]
lanes = ["epoll", "asyncio-default"]
core = true
"""


@pytest.fixture(name="loaded")
def loaded_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The shipped matrix with one environment, and two lanes in the full plan, where commands are started."""
    monkeypatch.chdir(tmp_path)
    text, _, _ = matrix_of_one_environment().partition("[plan.full]")
    (tmp_path / "matrix.toml").write_text(text + FULL, encoding="utf-8")
    (tmp_path / "pins.toml").write_bytes((ROOT / "pins.toml").read_bytes())
    return load_workspace(None)


def store_run(loaded: Workspace, filters: Filters = WHOLE, *, plan: str = "full", without: int = 0) -> str:
    """Store a finished run of a plan, less the last cells; its id."""
    made = loaded.planned(plan, filters).plan
    name = plan if filters is WHOLE else f"{plan}, narrowed"
    cells = list(results(made))
    with Runs(Path(".scrapy-compat")).create(
        plan=name, plan_hash=made.hash, plan_json=made.to_json(), host={"platform": "linux"}, command=()
    ) as store:
        for environment in environments(made):
            store.record_environment(environment)
        store.record_cells(cells[: len(cells) - without])
        store.finish(finished=now(), complete=not without)
        return store.id


def publish(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["publish", "--platform", "linux", *arguments])
    return int(ended.value.code or 0)


def test_naming_the_platform_is_not_narrowing(loaded: Workspace) -> None:
    named = loaded.planned("full", WHOLE).plan
    assert named.hash == loaded.plan("full", ("linux",), Selection()).hash


def test_the_newest_whole_run_is_published_whatever_ran_since(
    loaded: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    store_run(loaded)
    newest = store_run(loaded)
    store_run(loaded, PART)
    store_run(loaded, plan="smoke")
    assert publish() == ExitCode.COMPLETE
    assert capsys.readouterr().out == f"run {newest}: published in {Path('published', 'linux')}\n"
    page = Path("published", "linux", "matrix.md").read_text(encoding="utf-8")
    assert f"Run `{newest}` of the plan `full`" in page
    assert not Path("reports").exists()
    assert read_packed_run(Path("published", "linux", "run.gz")).run.id == newest


def test_the_constraint_files_are_those_of_pins_toml(loaded: Workspace) -> None:
    store_run(loaded)
    assert publish("--json") == ExitCode.COMPLETE
    written = {path.name: path.read_bytes() for path in Path("published", "linux", "pins").iterdir()}
    kept = {path.name: path.read_bytes() for path in (ROOT / "published" / "linux" / "pins").iterdir()}
    assert written == kept


@pytest.mark.parametrize(
    ("filters", "plan", "without", "cause"),
    [
        (PART, "full", 0, "of the plan full, narrowed: is not the whole plan full on linux"),
        (WHOLE, "smoke", 0, "of the plan smoke: is not the whole plan full on linux"),
        (WHOLE, "full", 3, "is incomplete: 3 cells not-run"),
    ],
)
def test_less_than_the_whole_plan_is_refused_unless_told_so(
    loaded: Workspace, capsys: pytest.CaptureFixture[str], filters: Filters, plan: str, without: int, cause: str
) -> None:
    run_id = store_run(loaded, filters, plan=plan, without=without)
    assert publish("--run", run_id) == ExitCode.CONFIGURATION
    told = capsys.readouterr().err
    assert cause in told
    assert f"--run {run_id} --anyway" in told
    assert not Path("published").exists()
    assert publish("--run", run_id, "--anyway", "--json") == ExitCode.COMPLETE
    folder = str(Path("published", "linux"))
    assert json.loads(capsys.readouterr().out) == {"run": run_id, "platform": "linux", "folder": folder}
    assert run_id in Path("published", "linux", "matrix.md").read_text(encoding="utf-8")


def test_without_a_whole_run_the_command_that_makes_one_is_named(
    loaded: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    store_run(loaded, PART)
    assert publish() == ExitCode.CONFIGURATION
    assert "run `scrapy-compat run --plan full --platform linux`" in capsys.readouterr().err
    assert publish("--anyway") == ExitCode.CONFIGURATION
    assert "takes a run that is named" in capsys.readouterr().err
