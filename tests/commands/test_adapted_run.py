"""The default plan on a machine with one interpreter, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.posix("an interpreter that a link makes the only one")]

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--lane", "default", "--scenario", "callback_fired", "--helper", "direct"]


def cache_of_uv() -> str:
    return subprocess.run([find_uv_bin(), "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def machine(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory on a machine whose only interpreter is the one that runs the tests."""
    path, home = tmp_path / "bin", tmp_path / "home"
    path.mkdir()
    home.mkdir()
    (path / f"python{live.HERE}").symlink_to(Path(sys.executable).resolve())
    for name in ("PYENV_ROOT", "ASDF_DATA_DIR", "RYE_PY_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    # uv's own cache of packages stays where it is, so that nothing is downloaded for this.
    monkeypatch.setenv("UV_CACHE_DIR", cache_of_uv())
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    monkeypatch.setenv("SCRAPY_COMPAT_PYTHONS", "")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", f"{path}")
    monkeypatch.setenv("HOME", str(home))
    return tmp_path


def scrapy_compat(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=280)


def test_a_question_whose_python_is_missing_is_measured_on_the_one_that_is_there(machine: Path) -> None:
    asked = ["--scrapy", "2.12,2.13", *SMALL]
    planned = json.loads(scrapy_compat(machine, "plan", *asked, "--json").stdout)
    assert planned["adaptation"]["available"] == {"linux" if sys.platform == "linux" else "macos": [live.HERE]}
    done = scrapy_compat(machine, "run", *asked, "--out", "reports")
    assert "missing-interpreter" not in done.stdout, done.stdout
    assert "not here, and so not measured" in done.stdout
    content = json.loads((machine / "reports" / "matrix.json").read_text())
    assert {each["python"] for each in content["environments"].values()} == {live.HERE}
    assert set(content["environments"]) == {each["id"] for each in planned["environments"]}
    assert content["adaptation"] == planned["adaptation"]
    assert content["run"]["complete"] is False
    measured = {name.partition("/")[0] for name, cell in content["cells"].items()
                if content["shared"][cell["as"]]["outcome"] in {"pass", "fail"}}  # fmt: skip
    assert {content["environments"][name]["scrapy"] for name in measured} == {"2.12.0", "2.13.4"}
    again = scrapy_compat(machine, "run", *asked, "--out", "reports")
    assert "Nothing has changed" in again.stdout
    assert "not here, and so not measured" in again.stdout


def test_a_python_that_is_named_is_asked_for_though_it_is_missing(machine: Path) -> None:
    done = scrapy_compat(machine, "run", "--python", "3.6", "--scrapy", "2.6", *SMALL)
    assert "missing-interpreter" in done.stdout
    assert "not found on this machine" in done.stdout
    assert scrapy_compat(machine, "cells", "--format", "ids").stdout.split()
