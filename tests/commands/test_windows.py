"""The harness itself on Windows, as far as Wine shows it: processes, files, stores, reports, interpreters."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.infra.errors import ExitCode
from harness.infra.process.supervisor import Completed
from tests.support.commands import run as on_linux
from tests.support.stored_runs import breaks_on_epoll, stored
from tests.support.windows_python import WindowsPython, windows_python

pytestmark = [pytest.mark.wine, pytest.mark.index, pytest.mark.timeout(600), pytest.mark.posix("Wine")]

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "-r",
    str(ROOT / "pyproject.toml"),
    "pytest>=8.3",
    "pytest-timeout>=2.3",
    "hypothesis>=6.100",
    "duckdb>=1.3",
)


@pytest.fixture(scope="module", name="python")
def python_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WindowsPython]:
    """A Windows Python with what the harness and its tests need."""
    with windows_python(tmp_path_factory.mktemp("windows"), PACKAGES) as made:
        yield made


@pytest.fixture(scope="module", name="checkout")
def checkout_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, in which a Windows Python may write its bytecode."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("harness", "scenarios", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "matrix.toml", "pins.toml", "claims.toml"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module", name="state")
def state_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs that were stored on this machine."""
    state = tmp_path_factory.mktemp("state")
    stored(state)
    stored(state, breaks_on_epoll)
    return state


def on_windows(python: WindowsPython, checkout: Path, place: Path, *arguments: str, **environ: str) -> Completed:
    """The same command in a Windows Python; Wine has this machine's files below `Z:`."""
    env = {"PYTHONPATH": f"Z:{checkout}", **environ}
    return python.run("-m", "harness", *arguments, cwd=place, **env)


def test_the_tests_of_processes_and_files_pass_there(python: WindowsPython, checkout: Path) -> None:
    names = ("infra/test_process", "infra/test_files", "runner/test_runtimes", "runner/test_classify")
    files = [f"tests/{name}.py" for name in names]
    done = python.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *files, cwd=checkout, deadline=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search(r"tests? needs? ", done.stdout), done.stdout
    skipped = re.findall(r"tests? (?:was|were) skipped: (.*)", done.stdout)
    assert all("only POSIX has" in reason for reason in skipped), skipped


@pytest.mark.parametrize(
    "words",
    [
        "cells --json --state .",
        "explain --json --state .",
        "runs --json --state .",
        "plan --plan full --scrapy 2.19 --ids --platform windows",
    ],
)
def test_commands_say_there_what_they_say_here(python: WindowsPython, checkout: Path, state: Path, words: str) -> None:
    here, there = on_linux(state, *words.split()), on_windows(python, checkout, state, *words.split())
    assert (there.returncode, there.stderr) == (here.returncode, here.stderr) == (0, "")
    assert there.stdout == here.stdout != ""


def test_reports_are_the_same_files_byte_for_byte(
    python: WindowsPython, checkout: Path, state: Path, tmp_path: Path
) -> None:
    here = on_linux(state, "report", "--state", ".", "--out", str(tmp_path / "here"))
    there = on_windows(python, checkout, state, "report", "--state", ".", "--out", f"Z:{tmp_path / 'there'}")
    assert (here.returncode, there.returncode) == (ExitCode.UNEXPECTED, ExitCode.UNEXPECTED), here.stderr + there.stderr
    names = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "there").iterdir())
    assert "index.html" in names
    for name in names:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name


def test_a_console_that_has_no_arrow_shows_its_escape(python: WindowsPython, checkout: Path, state: Path) -> None:
    done = on_windows(python, checkout, state, "diff", "previous", "latest", "--state", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"pass \u2192 fail" in done.stdout


def test_what_the_registry_names_is_found_and_the_offer_of_the_store_is_not(
    python: WindowsPython, checkout: Path, tmp_path: Path
) -> None:
    name = f"Z:{python.executable}".replace("/", "\\")
    place = r"Software\Python\PythonCore\3.11\InstallPath"
    script = f"""
import winreg
with winreg.CreateKey(winreg.HKEY_CURRENT_USER, {place!r}) as key:
    winreg.SetValueEx(key, "", 0, winreg.REG_SZ, {name.rpartition(chr(92))[0]!r})
    winreg.SetValueEx(key, "ExecutablePath", 0, winreg.REG_SZ, {name!r})
"""
    registered = python.run("-c", script, cwd=tmp_path)
    assert registered.returncode == 0, registered.stderr
    offer = tmp_path / "WindowsApps" / "python3.exe"
    offer.parent.mkdir()
    offer.touch()
    done = on_windows(python, checkout, tmp_path, "pythons", "--json", WINEPATH=f"Z:{offer.parent}", PYENV_ROOT="none")
    told = json.loads(done.stdout)
    assert "3.11" in told["found"], told
    assert told["found"]["3.11"]["path"].lower() == name.lower()
    # Wine shows the programs of this machine as well, which are no Windows ones.
    assert not [path for path in told["broken"] if "WindowsApps" in path]
