"""The command line without running a cell: help, errors in one line, exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from harness.cli.main import main, scrapy_compat
from harness.cli.options import exit_code
from harness.infra.errors import ExitCode
from harness.scenarios.template import TEMPLATES, write_template
from tests.support.commands import subcommands

ROOT = Path(__file__).resolve().parents[2]


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command from its start to its exit code, in this process; tests/cli/test_cli_conventions.py starts real
    ones."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(errors):
        patched.chdir(place)
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
    assert isinstance(end.value.code, int)
    return subprocess.CompletedProcess(arguments, end.value.code, out.getvalue(), errors.getvalue())


@pytest.mark.parametrize("name", sorted(subcommands(scrapy_compat)))
def test_the_help_of_every_command_has_an_example(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, name, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"scrapy-compat {name}" in done.stdout


def test_the_readme_tells_every_exit_code_and_no_other() -> None:
    table = re.findall(r"^\| (\d+) \| ", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    assert [int(code) for code in table] == [code.value for code in ExitCode]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "--lane", "epol"], ["--lane epol", "epoll"]),
        (["plan", "--scrapy", ">=two"], ["--scrapy", ">=two"]),
        (["plan", "--plan", "ful"], ["--plan ful", "full"]),
        (["show", "nonsense"], ["nonsense", "<environment>/<lane>/<scenario>/<helper>"]),
        (["cells", "--outcome", "passed"], ["--outcome passed", "pass"]),
        (["run", "--matrix", "nowhere.toml"], ["nowhere.toml"]),
        (["run", "--deadline", "soon"], ["soon"]),
        (["run", "--fail-on", "unexpectd"], ["unexpectd", "did you mean unexpected"]),
        (["cells", "--verdict", "surprising"], ["--verdict surprising", "unexpected"]),
        (["baseline", "show"], ["baseline", "scrapy-compat baseline accept"]),
        (["plan", "--scenarios", "nowhere"], ["nowhere", "no such folder"]),
        (["run", "--scenarios", "."], ["no scenario files"]),
        (["new", "my-question"], ["my-question", "letters, digits and _"]),
        (["new", "asyncio"], ["asyncio", "standard library"]),
        (["new", "callback_pending"], ["callback_pending", "built-in"]),
        (["new", "question", "--kind", "middleware"], ["middleware", "place"]),
        (["report", "--format", "junitt"], ["junitt", "junit"]),
        (["report", "--out", "-"], ["--out -", "--format"]),
        (["query"], ["SQL"]),
        (["walk"], ["walk"]),
    ],
)
def test_what_cannot_be_used_is_named_with_what_would_be_right(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == ExitCode.CONFIGURATION, done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr


def test_a_matrix_with_an_unknown_key_is_refused_with_file_key_and_suggestion(tmp_path: Path) -> None:
    text = (ROOT / "matrix.toml").read_text()
    (tmp_path / "matrix.toml").write_text(text.replace('description = "what pip gives today"', 'descripton = "x"'))
    done = run(tmp_path, "plan")
    assert done.returncode == ExitCode.CONFIGURATION
    assert "matrix.toml" in done.stderr
    assert "description" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("fail_on", "unexpected", "complete", "code"),
    [
        ("unexpected,incomplete", 0, True, 0),
        ("unexpected,incomplete", 0, False, 3),
        ("unexpected,incomplete", 1, True, 4),
        # What was measured and is wrong says more than what could not be measured.
        ("unexpected,incomplete", 1, False, 4),
        ("incomplete", 1, False, 3),
        ("incomplete", 1, True, 0),
        ("none", 1, False, 0),
    ],
)
def test_what_ends_a_run_with_which_code_can_be_chosen(
    fail_on: str, unexpected: int, *, complete: bool, code: int
) -> None:
    chosen = frozenset(fail_on.split(","))
    assert exit_code(chosen, unexpected=unexpected, complete=complete) == code


@pytest.mark.parametrize("command", [["report"], ["claims"], ["baseline", "accept"], ["query", "FROM cells"]])
def test_where_nothing_is_stored_the_error_says_how_to_start(tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, *command)
    assert done.returncode == ExitCode.CONFIGURATION
    assert "scrapy-compat run" in done.stderr


def test_a_place_that_cannot_be_written_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(tmp_path, "run", "--state", "file/state", "--plan", "smoke", "--python", "3.6", "--lane", "default")
    assert done.returncode == ExitCode.STORAGE
    *progress, error = done.stderr.strip().splitlines()
    assert error.startswith("error: file/state")
    assert [line for line in progress if not re.match(r" *\d+ s ", line)] == []


@pytest.mark.slow
@pytest.mark.posix("`head`")
def test_plan_lists_ids_that_other_programs_can_read_and_stop_reading(tmp_path: Path) -> None:
    command = f"{sys.executable} -m harness plan --plan full --ids | head -n 2"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    first, second = done.stdout.splitlines()
    assert first.count("/") == second.count("/") == 3
    assert done.stderr == ""


@pytest.mark.parametrize("kind", ["callback", "place", "program"])
def test_new_writes_a_scenario_of_each_kind_that_a_plan_has_at_once(tmp_path: Path, kind: str) -> None:
    done = run(tmp_path, "new", f"my_{kind}", "--kind", kind, "--in", "mine")
    assert done.returncode == 0, done.stderr
    path, command = re.findall(r"wrote (\S+); .*\n  (.+)\n", done.stdout)[0]
    assert path == str(Path("mine", f"my_{kind}.py"))
    assert command.startswith("scrapy-compat run ")
    ids = run(tmp_path, "plan", *command.split()[2:], "--ids")
    assert ids.returncode == 0, ids.stderr
    assert all(f"/my_{kind}/maybe_deferred_to_future" in line for line in ids.stdout.splitlines())


@pytest.mark.parametrize("name", ["scenario", "place", "program", "awaiting_spider", "crawler_process"])
def test_what_new_writes_hides_no_name_that_it_uses(tmp_path: Path, name: str) -> None:
    for kind, template in TEMPLATES.items():
        source = write_template(name, kind, tmp_path / kind).read_text()
        (made,) = [
            line.split()[1].partition("(")[0] for line in source.splitlines() if re.match(r"class .*\((?!\))", line)
        ]
        imported = re.findall(r"(?m)^from \S+ import (.*)$", template)
        assert made not in ", ".join(imported).split(", ")


def test_new_never_writes_over_a_file(tmp_path: Path) -> None:
    assert run(tmp_path, "new", "question", "--in", "mine").returncode == 0
    file = tmp_path / "mine" / "question.py"
    file.write_text("mine now")
    done = run(tmp_path, "new", "question", "--in", "mine", "--kind", "place")
    assert (done.returncode, file.read_text()) == (ExitCode.CONFIGURATION, "mine now")
    assert "there already" in done.stderr


def test_a_matrix_names_folders_of_scenarios_that_count_from_its_own(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    run(tmp_path, "new", "question", "--in", "project/mine")
    run(tmp_path, "new", "other", "--in", "others")
    text = (ROOT / "matrix.toml").read_text()
    (tmp_path / "project" / "matrix.toml").write_text('scenarios = ["mine"]\n' + text)
    chosen = ["--plan", "smoke", "--matrix", "project/matrix.toml", "--scenarios", "others", "--ids"]
    done = run(tmp_path, "plan", *chosen, "--scenario", "question,other,callback_fired")
    assert done.returncode == 0, done.stderr
    assert {line.split("/")[2] for line in done.stdout.splitlines()} == {"question", "other", "callback_fired"}
    (tmp_path / "project" / "matrix.toml").write_text('scenarios = ["mine", "gone"]\n' + text)
    done = run(tmp_path, "plan", *chosen)
    assert done.returncode == ExitCode.CONFIGURATION
    assert "matrix.toml: scenarios" in done.stderr
    assert "gone" in done.stderr


@pytest.mark.slow
def test_scenarios_of_users_are_in_every_plan_unless_they_say_otherwise(tmp_path: Path) -> None:
    run(tmp_path, "new", "question", "--in", "mine")
    chosen = ["plan", "--scenarios", "mine", "--scenario", "question", "--ids"]
    assert all(run(tmp_path, *chosen, "--plan", plan).stdout for plan in ("smoke", "default", "full"))
    file = tmp_path / "mine" / "question.py"
    file.write_text(file.read_text().replace("    helpers", "    core = False\n    helpers"))
    assert run(tmp_path, *chosen, "--plan", "smoke").returncode == ExitCode.CONFIGURATION
    assert run(tmp_path, *chosen, "--plan", "default").stdout


def test_lanes_that_are_none_are_refused_with_the_file(tmp_path: Path) -> None:
    run(tmp_path, "new", "question", "--in", "mine")
    file = tmp_path / "mine" / "question.py"
    file.write_text(file.read_text().replace("    helpers", '    lanes = ["asyncio_*"]\n    helpers'))
    done = run(tmp_path, "plan", "--scenarios", "mine")
    assert done.returncode == ExitCode.CONFIGURATION
    assert all(word in done.stderr for word in ("question.py", "'asyncio_*'", "asyncio-uvloop"))


def test_clean_removes_nothing_where_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(tmp_path / "cache"))
    done = run(tmp_path, "clean", "--keep", "0", "--older-than", "0d", "--unused-for", "0d")
    assert done.returncode == 0
    assert "removed 0 runs" in done.stdout


GAPS = {"pass": 5, "missing-interpreter": 3}


@pytest.mark.parametrize(
    ("written", "ci", "outcomes", "code"),
    [
        # nox's convention: what is not on a person's machine is said and is no failure; in CI it is one.
        ([], False, GAPS, 0),
        ([], True, GAPS, 3),
        (["--fail-on", "incomplete"], False, GAPS, 3),
        (["--fail-on", "none"], True, GAPS, 0),
        # Whatever else is missing counts everywhere.
        ([], False, {**GAPS, "not-run": 1}, 3),
        ([], False, {**GAPS, "missing": 1}, 3),
        ([], False, {**GAPS, "conflict": 1}, 3),
        # The plan could not ask something of this machine's interpreters: no cell of it says so.
        ([], False, {"pass": 5}, 0),
        ([], True, {"pass": 5}, 3),
    ],
)
def test_missing_interpreters_alone_fail_a_command_only_in_ci(
    monkeypatch: pytest.MonkeyPatch, written: list[str], outcomes: dict[str, int], code: int, *, ci: bool
) -> None:
    if ci:
        monkeypatch.setenv("CI", "true")
    else:
        monkeypatch.delenv("CI", raising=False)
    for name in ("run", "merge", "report"):
        command = subcommands(scrapy_compat)[name]
        arguments = [*written, *(["artifacts"] if name == "merge" else [])]
        with command.make_context(name, list(arguments)) as context:
            chosen = context.params["fail_on"]
        assert exit_code(chosen, unexpected=0, complete=False, outcomes=outcomes) == code
        assert exit_code(chosen, unexpected=0, complete=True, outcomes={"pass": 5}) == 0


def test_a_python_that_is_not_here_ends_a_run_with_0_on_a_persons_machine_and_with_3_in_ci(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in {"CI", "SCRAPY_COMPAT_PYTHONS"}}
    environ |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "PATH": str(tmp_path), "UV_OFFLINE": "1"}
    environ |= {"UV_PYTHON_DOWNLOADS": "never", "SCRAPY_COMPAT_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness", "run", "--python", "pypy3.11", "--lane", "epoll"]

    def run_with(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], cwd=tmp_path, env=environ | changed, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    for _ in range(2):  # the second time nothing has changed
        done = run_with()
        assert done.returncode == 0, done.stdout + done.stderr
        told = done.stdout.splitlines()
        assert sum(line.startswith("  Python pypy3.11 (") for line in told) == 1, done.stdout
        assert "Incomplete, not measured:" in told
        assert (run_with(CI="true").returncode, run_with("--fail-on", "incomplete").returncode) == (3, 3)
    programs = run_with("--json")
    assert json.loads(programs.stdout)["complete"] is False
    report = [*command[:3], "report", "--out", "elsewhere", "--state"]
    code = subprocess.run([*report, ".scrapy-compat"], cwd=tmp_path, env=environ, check=False, timeout=120).returncode
    assert code == 0
    assert "**Incomplete:**" in (tmp_path / "elsewhere" / "matrix.md").read_text(encoding="utf-8")
