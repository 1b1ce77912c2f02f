"""`scrapy-compat try` where the package index cannot be reached: a clear end, and nothing said against the target."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.infra.errors import ExitCode
from tests.support import live
from tests.support.command_runs import COMMAND, place  # noqa: F401
from tests.support.made_targets import make_target
from tests.support.packages import wheel

pytestmark = [pytest.mark.index, pytest.mark.timeout(300)]

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "made-plugin"
version = "1.2.3"
requires-python = ">=3.8"
dependencies = ["scrapy>=2.6"]
"""
BACKEND = """
import pathlib
import shutil


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "made_plugin-1.2.3-py3-none-any.whl"
    shutil.copy("made.whl", pathlib.Path(folder) / name)
    return name
"""


def tried(place: Path, scrapy: str, *, online: bool) -> subprocess.CompletedProcess[str]:  # noqa: F811
    """Try a target that needs nothing to be built."""
    target = make_target(place / "plugin", {"backend.py": BACKEND}, PYPROJECT)
    (target / "made.whl").write_bytes(wheel("made_plugin", "1.2.3", requires=["scrapy>=2.6"]))
    away = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(place / "uv")}
    command = [*COMMAND, "try", str(target), "--state", "state", "--scrapy", scrapy, "--python", live.HERE,
               "--lane", "default", "--check", "load"]  # fmt: skip
    env = os.environ if online else {**os.environ, **away}
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False, timeout=200)


def test_without_the_control_nothing_is_tried_and_one_line_says_why(place: Path) -> None:  # noqa: F811
    done = tried(place, "2.13.4", online=False)
    assert done.returncode == ExitCode.INCOMPLETE, done.stderr
    assert done.stdout == ""
    told = done.stderr.splitlines()[-1]
    assert "the control of made-plugin, Python " in told
    assert "was not run, and there is nothing to compare with: the package index cannot be reached" in told
    assert "Traceback" not in done.stderr


def test_an_index_that_goes_in_the_middle_leaves_what_is_known_and_the_same_command_goes_on(
    place: Path,  # noqa: F811
) -> None:
    assert tried(place, "2.13.4", online=True).returncode == 0
    # No other test makes an environment with this release and this target.
    gone = tried(place, "2.13.4,2.17", online=False)
    assert gone.returncode == ExitCode.INCOMPLETE, gone.stderr
    assert "It imports with Scrapy 2.13 on Python" in gone.stdout
    assert "  1 cell not-run: the package index cannot be reached" in gone.stdout
    assert "; the same command goes on from there" in gone.stdout
    back = tried(place, "2.13.4,2.17", online=True)
    assert back.returncode == 0, back.stderr
    assert "It imports with Scrapy 2.13-2.17 on Python" in back.stdout
