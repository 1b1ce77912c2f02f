"""What the tests of command runs share with others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.model.outcome import Outcome
from harness.store.run_directory import Runs
from tests.support import live
from tests.support.clusters import until
from tests.support.left_behind import MARK
from tests.support.shared import made_once, shared_folder

COMMAND = [sys.executable, "-m", "harness"]


NEWER = ["--plan", "full", "--python", live.HERE, "--scrapy", "2.13.4", "--profile", "latest"]


SMALL = [*NEWER, "--scenario", "callback_*"]


LANES = ["--lane", "epoll,asyncio-default"]


EPOLL = [*SMALL, "--lane", "epoll"]
"""77 cells, which the fixture `known` has run already."""


SLOW = [*NEWER, "--lane", "epoll", "--scenario", "callback_fired,callback_nested,callback_pending"]


SLOW += ["--helper", "direct,as_future,copied_*", "--isolate"]


CELLS = 12
"""Of those of `SLOW`, each a process of its own: there is time to come between."""


ROOT = Path(__file__).resolve().parents[2]


_STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture
def place(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory outside the repository, with the cache that the tests share.

    What `started` has begun ends with the test: a run that a failed test leaves is not the next one's trouble.
    """
    _use(cache, monkeypatch)
    monkeypatch.setenv(MARK, str(tmp_path))
    yield tmp_path
    while _STARTED:
        with _STARTED.pop() as process:
            if process.poll() is None:
                process.kill()


def _use(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture(scope="session")
def epoll_run(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder in which the cells of `EPOLL` were run; only to be read."""

    def run(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patched:
            _use(cache, patched)
            done = scrapy_compat(folder, "run", *EPOLL)
        assert done.returncode == 0, done.stderr
        assert "77 cells run" in done.stdout
        # It is narrowed, and leaves the report of a whole plan alone.
        assert "no report" in done.stdout
        assert not (folder / "reports").exists()

    return made_once(shared_folder(tmp_path_factory, "epoll_run"), run)


@pytest.fixture
def known(place: Path, epoll_run: Path) -> Path:
    """A working directory in which the cells of `EPOLL` were run."""
    shutil.copytree(epoll_run / ".scrapy-compat", place / ".scrapy-compat")
    return place


def scrapy_compat(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=place, capture_output=True, text=True, check=False, timeout=280)


def table(place: Path, *arguments: str) -> dict[str, tuple[str, str, str]]:
    """Outcome, mechanism and close of the cells that the latest run holds."""
    lines = scrapy_compat(place, "cells", "--format", "json", *arguments).stdout.splitlines()
    cells = [json.loads(line) for line in lines]
    return {cell["cell"]: (cell["outcome"], cell["mechanism"], cell["close"]) for cell in cells}


def started(place: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `run` in that folder; it is killed at the end of the test where it still runs."""
    process = subprocess.Popen(
        [*COMMAND, "run", *arguments], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _STARTED.append(process)
    return process


def wait_for_results(place: Path) -> None:
    """Until the run that was just started has stored its first cells."""

    def passed() -> bool:
        runs = Runs(place / ".scrapy-compat")
        if not runs.ids():
            return False
        with runs.open(runs.ids()[-1]) as store:
            return any(row.observation.outcome is Outcome.PASS for row in store.rows())

    until(passed, "no result came")
