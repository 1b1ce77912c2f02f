"""A run is asked to end while a cell does whatever it can to go on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.clusters import until
from tests.support.command_runs import NEWER, place, scrapy_compat, started, table  # noqa: F401
from tests.support.left_behind import carrying

pytestmark = [
    pytest.mark.index,
    pytest.mark.timeout(600),
    pytest.mark.posix("signals from another process"),
    pytest.mark.usefixtures("environment"),
]

HOSTILE = '''"""Will not end."""

import ctypes
import os
import signal
import sys

from kit.scenario import Scenario


class Hostile(Scenario):
    helpers = ()

    async def parse(self, response):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        TOLD = {told!r}
        for name in ("child", "daemon"):
            if os.fork() == 0:
                os.setsid()
                script = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
                # Renamed, so that whoever sees the file sees the whole number.
                script += "import os; open(sys.argv[1] + '.part', 'w').write(str(os.getpid())); "
                script += "os.rename(sys.argv[1] + '.part', sys.argv[1]); time.sleep(600)"
                environment = {{}} if name == "daemon" else os.environ
                os.execve(sys.executable, [sys.executable, "-S", "-c", script, TOLD + name], environment)
        while not (os.path.exists(TOLD + "child") and os.path.exists(TOLD + "daemon")):
            pass
        open(TOLD + "ready", "w").close()
        # It holds the interpreter's lock: nothing of this process runs any more.
        ctypes.PyDLL(None).pause()
'''


def lives(told: Path) -> bool:
    """Whether the process that has written its number there still runs."""
    try:
        return str(told) in Path(f"/proc/{told.read_text()}/cmdline").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_ends_with_all_that_its_cells_have_started(place: Path, number: signal.Signals) -> None:  # noqa: F811
    folder, told = place / "mine", place / "told-"
    folder.mkdir()
    (folder / "hostile.py").write_text(HOSTILE.format(told=str(told)))
    asked = [*NEWER, "--lane", "epoll", "--scenario", "hostile,callback_fired", "--helper", "none,direct"]
    run = started(place, *asked, "--scenarios", "mine", "--deadline", "300")
    until(lambda: Path(f"{told}ready").exists(), "the cell did not begin")
    assert lives(Path(f"{told}daemon"))
    run.send_signal(number)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 130, errors
    assert "Traceback" not in errors
    assert carrying(str(place)) == []
    assert not lives(Path(f"{told}child"))
    assert not lives(Path(f"{told}daemon"))
    asked[asked.index("hostile,callback_fired")] = "callback_fired"
    again = scrapy_compat(place, "run", *asked)
    assert again.returncode == 0, again.stdout + again.stderr
    assert {outcome for outcome, *_ in table(place).values()} == {"pass"}
