"""The noxfile, as nox sees it: listed by the real command, in a process of its own."""

from __future__ import annotations

import re
import shutil
import sys
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.infra import resources
from harness.infra.packages.index_settings import index_settings
from harness.infra.process.supervisor import clean_environment, run
from harness.matrix.load import load_matrix
from harness.plan.environment_matrix import combinations
from tests.support.matrices import matrix_of_one_environment

pytestmark = pytest.mark.slow  # nox takes its time to start

PLATFORM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
ROOT = resources.matrix_file().parent
NAME = re.compile(r"^([*-]) ([a-z]+(?:\([^)]*\))?)", re.MULTILINE)


def listed(*arguments: str, python: str = sys.executable, root: Path = ROOT) -> dict[str, bool]:
    """Whether each session is selected, by name, as `nox -l` says."""
    command = [python, "-m", "nox", "--noxfile", str(root / "noxfile.py"), "-l", *arguments]
    env = clean_environment({"NO_COLOR": "1"}, network=True)
    done = run(command, cwd=root, env=env, deadline=120, cap=4_000_000)
    assert done.returncode == 0, done.stderr
    return {name: mark == "*" for mark, name in NAME.findall(done.stdout)}


@pytest.fixture(scope="module")
def sessions() -> dict[str, bool]:
    return listed()


def test_plain_nox_runs_the_checks_and_measures_nothing(sessions: dict[str, bool]) -> None:
    assert [name for name, selected in sessions.items() if selected] == ["lint", "types", "tests"]
    assert {"matrix", "report", "publish", "bench"} <= set(sessions)


def test_there_is_a_session_for_each_combination_that_the_matrix_does_not_leave_out(sessions: dict[str, bool]) -> None:
    spec = load_matrix(ROOT / "matrix.toml")
    possible = [combination for combination in combinations(spec, PLATFORM) if combination.reason is None]
    lanes = spec.lanes_of(PLATFORM)
    expected = {
        f"cell({each.python.tag}-scrapy{each.scrapy.minor}-{each.profile.name}-{lane.name})"
        for each in possible
        for lane in lanes
        if lane.unsupported(each.scrapy.version) is None
    }
    assert {name for name in sessions if name.startswith("cell(")} == expected


@pytest.mark.index
def test_where_there_is_nothing_but_nox_it_lists_the_same(sessions: dict[str, bool], tmp_path: Path) -> None:
    for name in ("noxfile.py", "pyproject.toml", "matrix.toml", "pins.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
    env = clean_environment({}, network=True)
    done = run([python, "-m", "pip", "install", "-q", "nox[uv]"], cwd=tmp_path, env=env, deadline=240, cap=100_000)
    assert done.returncode == 0, done.stderr
    assert not [name for name in listed("-s", "matrix", python=python, root=tmp_path) if name.startswith("cell(")]
    assert not list((tmp_path / ".nox").glob("msgspec-*")), "only sessions of cells need the matrix"
    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(lambda _: listed(python=python, root=tmp_path), range(2)))
    assert at_once == [sessions, sessions]
    (made,) = (tmp_path / ".nox").glob("msgspec-*")
    before = made.stat().st_mtime_ns
    assert listed(python=python, root=tmp_path) == sessions
    assert [path.stat().st_mtime_ns for path in (tmp_path / ".nox").iterdir()] == [before], "installed once"


@pytest.mark.parametrize(
    ("tag", "part"),
    [("asyncio-uvloop", "-asyncio-uvloop)"), ("uvloop", "uvloop)"), ("era", "-era-"), ("scrapy2.13", "-scrapy2.13-")],
)
def test_a_tag_selects_just_its_sessions(tag: str, part: str) -> None:
    first, *chosen = [name for name, selected in listed("-t", tag).items() if selected]
    assert first == "install", "what all of them need"
    assert chosen
    assert all(part in name for name in chosen)


def test_a_session_is_selected_by_its_name() -> None:
    name = "cell(py3.12-scrapy2.13-latest-asyncio-default)"
    assert [each for each, selected in listed("-s", name).items() if selected] == ["install", name]


def test_ci_runs_the_command_of_the_readme_word_for_word() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    matrix, tests = re.findall(r"(?m)^python3 -m venv .venv && .*$", readme)
    assert matrix.endswith("nox -s matrix") and tests.endswith("nox -s tests")
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "scrapy-compat-harness"
version = "0.1.0"
requires-python = ">=3.10"

[dependency-groups]
dev = []

[project.scripts]
scrapy-compat = "harness.cli:main"

[tool.hatch.build.targets.wheel]
packages = ["harness"]
"""
"""As in the repository, but without dependencies, which take long."""


@pytest.fixture(scope="module", name="checkout")
def checkout_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of its own with the noxfile and a small matrix, whose environment can be broken; it is installed."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("noxfile.py", "pins.toml"):
        shutil.copy(ROOT / name, checkout)
    (checkout / "matrix.toml").write_text(matrix_of_one_environment(), encoding="utf-8")
    shutil.copytree(ROOT / "harness", checkout / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert installs(checkout)
    return checkout


def installs(checkout: Path, *options: str) -> bool:
    """Whether `nox -s install` installs anything."""
    command = [sys.executable, "-m", "nox", "--noxfile", str(checkout / "noxfile.py"), "-s", "install", *options]
    env = clean_environment({"NO_COLOR": "1"}, network=True)
    done = run(command, cwd=checkout, env=env, deadline=240, cap=4_000_000)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    return "pip install" in said


def scripts(checkout: Path) -> Path:
    return checkout / ".nox" / "install" / ("Scripts" if sys.platform == "win32" else "bin")


def command_of(checkout: Path) -> str:
    """The command as the sessions that run it are told."""
    return (checkout / ".nox" / ".cache" / "scrapy-compat.txt").read_text(encoding="utf-8")


def change_pyproject(checkout: Path) -> None:
    with (checkout / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")


def delete_the_environment(checkout: Path) -> None:
    shutil.rmtree(checkout / ".nox" / "install")


def delete_the_command(checkout: Path) -> None:
    Path(command_of(checkout)).unlink()


def make_the_interpreter_a_link_to_nothing(checkout: Path) -> None:
    for link in scripts(checkout).glob("python*"):
        link.unlink()
        link.symlink_to(checkout / "gone" / link.name)


def make_an_interpreter_that_does_not_start(checkout: Path) -> None:
    for link in scripts(checkout).glob("python*"):
        link.unlink()
        link.write_text("#!/bin/sh\necho >&2 no Python here\nexit 103\n", encoding="utf-8")
        link.chmod(0o755)


POSIX = pytest.mark.posix("links and scripts as interpreters")


@pytest.mark.index
@pytest.mark.parametrize(
    "change",
    [
        change_pyproject,
        delete_the_environment,
        delete_the_command,
        pytest.param(make_the_interpreter_a_link_to_nothing, marks=POSIX),
        pytest.param(make_an_interpreter_that_does_not_start, marks=POSIX),
    ],
)
def test_what_is_installed_is_installed_again_only_after_a_change(
    checkout: Path, change: Callable[[Path], None]
) -> None:
    change(checkout)
    assert installs(checkout)
    assert Path(command_of(checkout)).is_file()
    assert not installs(checkout), "once is enough"


@pytest.mark.index
def test_what_nox_was_told_not_to_install_is_installed_the_next_time(checkout: Path) -> None:
    change_pyproject(checkout)
    assert not installs(checkout, "--no-install")
    assert installs(checkout)


@pytest.mark.index
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_what_the_tests_need_can_be_had_on_every_python_that_the_harness_runs_on(python: str) -> None:
    command = ["uv", "pip", "compile", "--quiet", "--python-version", python, "--group", "pyproject.toml:dev"]
    env = clean_environment({}, network=True)
    settings = index_settings()
    done = run(
        [sys.executable, "-m", *command, *settings.arguments, "pyproject.toml"],
        cwd=ROOT, env={**env, **settings.variables}, deadline=240, cap=1_000_000,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
