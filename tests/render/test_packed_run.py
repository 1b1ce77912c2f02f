"""harness.render.packed_run: the run that comes with the harness, and what answers from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from harness.cli.main import main, scrapy_compat
from harness.commands.stored_runs import known_view
from harness.commands.why import explained_cell
from harness.infra.errors import ConfigurationError, ExitCode, StorageError
from harness.infra.resources import shipped_run_file
from harness.render.packed_run import packed_run, read_packed_run, shipped_run
from harness.store.run_directory import Runs
from tests.support.compared_runs import stored
from tests.support.synthetic import make_plan, make_results
from tests.support.views import view_of

ROOT = Path(__file__).resolve().parents[2]
CELL = "linux-py3.12-scrapy2.13.4-latest/asyncio-default/callback_pending/direct"


def test_a_packed_run_says_of_each_cell_what_the_run_says(tmp_path: Path) -> None:
    view = view_of(make_plan(20_000))
    content = packed_run(view)
    assert content == packed_run(view)
    (tmp_path / "run.gz").write_bytes(content)
    found = read_packed_run(tmp_path / "run.gz")
    assert list(found.known()) == list(view.known())
    assert (found.run.id, found.run.plan, found.complete) == (view.run.id, view.run.plan, view.complete)
    assert (found.run.host, found.run.command) == ({}, ())


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    whole = shipped_run_file().read_bytes()
    for number, content in enumerate((b"", whole[: len(whole) // 2], b"no gzip")):
        path = tmp_path / f"{number}.gz"
        path.write_bytes(content)
        with pytest.raises(StorageError, match="cannot be read as a packed run"):
            read_packed_run(path)


def test_the_run_that_comes_with_the_harness_is_small_whole_and_part_of_the_wheel() -> None:
    view = shipped_run()
    assert view is not None
    assert view.complete
    assert not view.run.narrowed
    assert shipped_run_file().stat().st_size < 400_000
    included = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    name = shipped_run_file().relative_to(ROOT).as_posix()
    assert included["wheel"]["force-include"][name] == f"harness/_shipped/{name}"
    assert f"!/{name}" in included["sdist"]["exclude"]


def test_a_run_of_ones_own_takes_its_place(tmp_path: Path) -> None:
    assert known_view(tmp_path, None).shipped
    plan = make_plan(500)
    run = stored(tmp_path, plan, make_results(plan))
    assert (known_view(tmp_path, None).run.id, Runs(tmp_path).ids()) == (run, [run])


@pytest.mark.slow
@pytest.mark.parametrize("command", [["advise", "--scrapy", "2.13"], ["explain", "--scenario", "callback_pending"],
                                     ["why", CELL]])  # fmt: skip
def test_commands_answer_where_nothing_was_run_and_say_from_which_run(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(command)
    told = capsys.readouterr().out
    shipped = shipped_run()
    assert ended.value.code == ExitCode.COMPLETE
    assert shipped is not None
    assert shipped.run.id in told
    assert "which comes with the harness" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("command", [["cells", "--cell", CELL], ["show", CELL]])
def test_its_cells_are_listed_and_shown_where_nothing_was_run_or_it_is_named(
    command: list[str], *, named: bool, tmp_path: Path
) -> None:
    shipped = shipped_run()
    assert shipped is not None
    plan = make_plan(500)
    words = [*command, "--state", str(tmp_path)]
    if named:
        stored(tmp_path, plan, make_results(plan))
        words += ["--run", shipped.run.id]
    done = CliRunner().invoke(scrapy_compat, words)
    assert done.exit_code == ExitCode.COMPLETE, done.output
    assert "task-got-bad-yield" in done.output
    assert f"the plan default as run {shipped.run.id} measured it on {shipped.run.started[:10]}" in done.output
    if command[0] == "show":
        assert "not kept in the run that comes with the harness" in done.output
        assert f"scrapy-compat run --cell {CELL}" in done.output


def test_it_is_taken_where_it_is_named_and_another_name_is_refused(tmp_path: Path) -> None:
    shipped = shipped_run()
    assert shipped is not None
    plan = make_plan(500)
    stored(tmp_path, plan, make_results(plan))
    assert known_view(tmp_path, shipped.run.id).shipped
    assert explained_cell(tmp_path, shipped.run.id, CELL).shipped
    with pytest.raises(ConfigurationError, match="no such run"):
        known_view(tmp_path, "20200101T000000Z-000000")
