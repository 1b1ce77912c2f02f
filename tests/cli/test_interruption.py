"""Requests to end, from the first moment to the last, and standard streams that are not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.infra.interruption import finishing, requests_as_interrupt
from harness.shards.artifact_reader import Artifact
from tests.support.command_runs import COMMAND, SLOW, epoll_run, place, wait_for_results  # noqa: F401  (fixtures)
from tests.support.left_behind import carrying

pytestmark = pytest.mark.posix("signals from another process")

ROOT = Path(__file__).resolve().parents[2]

HURRIED = """
import os, signal, sys
class Hurry:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.{name})
sys.meta_path.insert(0, Hurry())
sys.argv[1:] = {words!r}
from harness.__main__ import main
main()
"""
"""A command that is asked to end while it imports a module."""


def ended(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("module", ["click", "cloup", "harness.cli.main", "harness.commands.plan", "numpy"])
def test_a_command_that_still_imports_ends_with_one_line(tmp_path: Path, module: str, name: str) -> None:
    words = ["plan", "--plan", "smoke", "--cover", "pairwise"]
    done = ended(tmp_path, HURRIED.format(module=module, name=name, words=words))
    assert done.returncode == 130, done.stderr
    assert len(done.stderr.split("\n\n")[-1].strip().splitlines()) == 1
    assert "interrupted" in done.stderr
    assert "Traceback" not in done.stderr


def test_of_several_requests_the_first_counts_and_none_while_results_are_written() -> None:
    with requests_as_interrupt():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
    with requests_as_interrupt():
        with finishing():
            signal.raise_signal(signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_what_nohup_has_had_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with requests_as_interrupt():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_a_closed_terminal_ends_a_run_with_what_had_finished_and_the_artifact(place: Path) -> None:  # noqa: F811
    pid, terminal = os.forkpty()
    if pid == 0:
        os.chdir(place)
        os.execv(sys.executable, [*COMMAND, "run", *SLOW, "--jobs", "1", "--artifact", "out"])
    wait_for_results(place)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert carrying(str(place)) == []
    (file,) = (place / "out").iterdir()
    assert Artifact(file).header.finished is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        (">&-", 0, "warning: standard output is closed: what is printed there is lost\n"),
        (">&- 2>&-", 0, ""),
        ("<&-", 0, ""),
        (">/dev/full", 5, "error: standard output: it cannot be written: No space left on device. Next: "),
        ("1</dev/null", 5, "error: standard output: it cannot be written: Bad file descriptor. Next: "),
    ],
)
def test_a_standard_stream_that_is_not_there_is_one_line(tmp_path: Path, redirected: str, code: int, said: str) -> None:
    command = f"exec {sys.executable} -m harness plan --plan full --scrapy 2.13 --python 3.12 --ids {redirected}"
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == (1 if said else 0)
