"""harness.infra.machine_limits: what the system refuses is no fact of anything that is measured."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from harness.infra.machine_limits import refused_by_system

pytestmark = pytest.mark.posix("limits of a process")

ROOT = Path(__file__).resolve().parents[2]
RUN = "-m harness run --plan smoke --python 3.6 --lane default --no-install-pythons"


def limited(folder: Path, limits: str, words: str) -> subprocess.CompletedProcess[str]:
    """The command under what a shell's `ulimit` allows."""
    command = f"ulimit {limits} && exec {sys.executable} {words}"
    return subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_too_few_open_files_are_said_before_anything_is_taken_for_missing(tmp_path: Path) -> None:
    done = limited(tmp_path, "-n 20", f"{RUN} --jobs 2")
    assert done.returncode == 5, done.stderr
    assert done.stderr.splitlines()[-1] == (
        "error: open files: this process may have 20 at once, and 2 jobs need 96. "
        "Next: allow more with `ulimit -n 96`, or run fewer with --jobs"
    )
    assert not (tmp_path / ".scrapy-compat").exists()


def test_a_soft_limit_below_what_is_needed_is_raised(tmp_path: Path) -> None:
    code = (
        "import resource; from harness.infra.machine_limits import require_open_files; require_open_files(1); "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    assert limited(tmp_path, "-S -n 20", f"-c '{code}'").stdout.strip() == "80"


@pytest.mark.slow
def test_too_little_memory_is_one_line(tmp_path: Path) -> None:
    # A thread takes as much as the stack may grow to.
    done = limited(tmp_path, "-v 500000 -s 400000", RUN)
    assert done.returncode == 5, done.stderr
    assert "ulimit -v" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.EAGAIN, "Resource temporarily unavailable"),
        RuntimeError("can't start new thread"),
    ],
)
def test_what_the_system_refuses_is_named_with_the_limit(error: Exception) -> None:
    said = refused_by_system(error)
    assert said is not None
    assert "ulimit" in said.action


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "no such file"), RuntimeError("other"), ValueError()])
def test_other_errors_are_none_of_that(error: Exception) -> None:
    assert refused_by_system(error) is None
