"""Cells that stop, block or fill whatever they can: each ends by itself, and its neighbours get their outcomes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.infra.process.supervisor import clean_environment, run
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(600), pytest.mark.posix("signals and fork")]

HELPER = "maybe_deferred_to_future"
HEAD = '''"""Goes too far."""

import ctypes
import os
import signal
import sys
import time

from kit.deferreds import later
from kit.scenario import Scenario


class GoesTooFar(Scenario):
    async def parse(self, response):
        value = await self.helper(later("value"))
'''
DAEMON = """
        read, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                # With an empty environment nothing says any more whose it is.
                script = "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(600)"
                os.execve(sys.executable, [sys.executable, "-S", "-c", script, TOLD], {})
            os._exit(0)
        while not os.path.exists(TOLD):
            time.sleep(0.01)
        return self.arrived(value)
"""
TOO_FAR = {
    "stops_itself": "        os.kill(os.getpid(), signal.SIGSTOP)\n",
    "holds_the_lock": "        ctypes.PyDLL(None).pause()\n",
    "fills_the_memory": "        held = []\n        while True:\n            held.append(bytearray(1 << 24))\n",
    "fills_the_memory_of_a_child": """
        if os.fork() == 0:
            held = []
            while True:
                held.append(bytearray(1 << 24))
        os.wait()
""",
    "leaves_a_daemon": DAEMON,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("limits")
    for name, body in TOO_FAR.items():
        (made / f"{name}.py").write_text(HEAD + body.replace("TOLD", repr(str(made / f"{name}-told"))))
    return made


def ran(environment: ProvidedEnvironment, folder: Path, name: str, *, fork: bool = True) -> CellResult:
    """The result of a scenario beside a healthy one, which passes."""
    batch = live.batch_of("epoll", [("callback_pending", HELPER), (name, HELPER)], folders=[folder])
    results, _ = live.run_cells(environment, [batch], scenarios=[folder], fork=fork, memory=400 << 20)
    found = {each.key.scenario: each for each in results}
    assert found["callback_pending"].outcome is Outcome.PASS
    return found[name]


@pytest.mark.parametrize("name", ["stops_itself", "holds_the_lock"])
def test_what_keeps_its_watchdog_from_running_is_killed_and_hangs(
    environment: ProvidedEnvironment, folder: Path, name: str
) -> None:
    result = ran(environment, folder, name)
    assert (result.outcome, result.mechanism) == (Outcome.HANG, "killed")
    if name == "holds_the_lock":
        assert result.evidence is not None
        assert f"{name}.py" in result.evidence.stacks


@pytest.mark.parametrize("name", ["fills_the_memory", "fills_the_memory_of_a_child"])
def test_what_takes_more_memory_than_the_matrix_allows_is_a_crash_that_says_so(
    environment: ProvidedEnvironment, folder: Path, name: str
) -> None:
    result = ran(environment, folder, name)
    assert (result.outcome, result.mechanism) == (Outcome.CRASH, "memory-limit")


def test_so_does_a_process_that_nothing_has_forked(environment: ProvidedEnvironment, folder: Path) -> None:
    result = ran(environment, folder, "fills_the_memory", fork=False)
    assert (result.outcome, result.mechanism) == (Outcome.CRASH, "memory-limit")


def sleepers(told: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["cmdline", "status"]):
        if str(told) in (process.info["cmdline"] or []):
            yield process


def test_a_daemon_with_an_empty_environment_is_gone_when_its_cell_is(
    environment: ProvidedEnvironment, folder: Path
) -> None:
    assert ran(environment, folder, "leaves_a_daemon").outcome is Outcome.PASS
    assert (folder / "leaves_a_daemon-told").exists()
    assert list(sleepers(folder / "leaves_a_daemon-told")) == []


def test_a_daemon_of_any_other_program_is_gone_too_and_leaves_no_zombie(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = f"import os, sys, time\nTOLD = {str(told)!r}\nif True:\n" + DAEMON.replace(
        "return self.arrived(value)", ""
    )
    done = run([sys.executable, "-S", "-c", script], env=clean_environment(), deadline=60, sweep=False)
    assert done.returncode == 0, done.stderr
    assert told.exists()
    assert list(sleepers(told)) == []
    assert [child.pid for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE] == []
