"""One process of the in-cell kit: started with a request, followed while it writes, killed when it stalls."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.deadlines import FIRST_START, POLL, without_outcome
from harness.held_files import scratch_folder
from harness.process import running as process
from harness.process.endings import exit_name
from harness.process.launching import NATIVE, Launcher
from harness.runner.orders import Batch, Request
from harness.runner.outcomes import BatchOutcome, Line, OutcomeFile, add

OUTPUT_CAP = 65536
_SPOKEN = {"PYTHONIOENCODING": "utf-8:backslashreplace"}
"""What a process prints is read as UTF-8, whatever the console of this machine speaks."""
SCRAPY_DOES_NOT_IMPORT = 4
"""Exit code of the kit; it has said so in the outcomes as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Where the in-cell side is, and what every process of it is told."""

    scenarios: tuple[Path, ...]
    """Folders of scenario files; the last one holds `kit/`."""
    server: str
    """Base URL of the HTTP server on loopback."""
    cancelled: threading.Event
    """Set when the run is to end at once."""
    launcher: Launcher = NATIVE
    """How the interpreters of the environments are started."""

    @property
    def entry(self) -> Path:
        """What Python is started with."""
        return self.scenarios[-1] / "kit"


BatchEnd = Callable[[Batch, BatchOutcome], None]
"""Called as soon as nothing more will be heard of a batch, from the thread that runs the process."""


def run_request(
    kit: Kit, python: Path, request: Request, *, on_environment: Callable[[Line], None], on_end: BatchEnd
) -> None:
    """Run one process of the kit with `python` and hand on what it reports, batch by batch.

    `on_environment` gets the line of type `environment`, or of type `broken` if Scrapy does not import;
    then no batch is handed on. When `kit.cancelled` is set the process is killed and what has not ended
    is not handed on. Raises `ToolError` when the interpreter cannot be started.
    """
    with scratch_folder() as folder:
        outcomes = folder / "outcomes.jsonl"
        request_file = folder / "request.json"
        request_file.write_text(json.dumps(_as_json(kit, request, outcomes)), encoding="utf-8")
        launcher = kit.launcher
        command = [*launcher.command, str(python), *map(launcher.name_of, (kit.entry, request_file))]
        # Whatever is left behind in it, by what was killed or may not remove it, goes with it.
        places = dict.fromkeys(launcher.temporary, launcher.name_of(folder))
        env = process.clean_environment({**_SPOKEN, **places, **launcher.environment})
        with process.start(command, cwd=folder, env=env, cap=OUTPUT_CAP) as running:
            patience = without_outcome(batch.deadlines(request.deadline) for batch in request.batches)
            follower = _Follower(request.batches, on_environment, on_end)
            stalled = follower.follow(running, OutcomeFile(outcomes), patience, kit.cancelled)
            if running.poll() is None:
                running.kill_tree()
            ended = running.finish()
    if kit.cancelled.is_set():
        return
    end = {"exit": ended.returncode, "signal": None, "killed": stalled, "stdout": ended.stdout, "stderr": ended.stderr}
    if ended.returncode < 0:
        end.update(exit=None, signal=-ended.returncode)
    follower.finish(end)


def _as_json(kit: Kit, request: Request, outcomes: Path) -> dict[str, object]:
    name_of = kit.launcher.name_of
    return {
        "outcomes": name_of(outcomes),
        "scenarios": [name_of(folder) for folder in kit.scenarios],
        "server": kit.server,
        "poll": POLL,
        "fork": request.fork,
        "at_once": request.at_once,
        "batches": [batch.as_request(request.deadline, name_of) for batch in request.batches],
    }


class _Follower:
    """Gathers lines by batch and hands each batch on when its end was reported."""

    def __init__(self, batches: Sequence[Batch], on_environment: Callable[[Line], None], on_end: BatchEnd) -> None:
        self._open = {batch.number: (batch, BatchOutcome()) for batch in batches}
        self._on_environment = on_environment
        self._on_end = on_end
        self._attested = False

    def follow(
        self, running: process.Process, outcomes: OutcomeFile, patience: float, cancelled: threading.Event
    ) -> bool:
        """Read until the process ends; True if it was left because nothing came for `patience` seconds."""
        heard = time.monotonic() + FIRST_START - patience
        while not cancelled.is_set():
            over = running.wait(POLL) is not None
            lines = outcomes.new_lines()
            if lines:
                heard = time.monotonic()
                self._take(lines)
            if over:
                return False
            if time.monotonic() - heard > patience:
                return True
        return False

    def _take(self, lines: Sequence[Line]) -> None:
        for line in lines:
            number = line.get("batch")
            if line["type"] == "environment" or (line["type"] == "broken" and number is None):
                self._attested = line["type"] == "environment"
                self._on_environment(line)
            elif number in self._open:
                batch, outcome = self._open[number]
                add(outcome, line)
                if line["type"] == "end":
                    del self._open[number]
                    self._on_end(batch, outcome)

    def finish(self, end: Line) -> None:
        """The process is over: what it did not report the end of ended with it."""
        if not self._attested and end["exit"] != SCRAPY_DOES_NOT_IMPORT:
            detail = " ".join(end["stderr"].split())[-500:] or "the process said nothing"
            mechanism = f"signal-{end['signal']}" if end["signal"] else f"exit-{exit_name(end['exit'])}"
            self._on_environment(
                {"type": "broken", "mechanism": mechanism, "detail": detail, "exception": end["stderr"]}
            )
        if self._attested:
            for batch, outcome in list(self._open.values()):
                add(outcome, {"type": "end", "batch": batch.number, **end})
                self._on_end(batch, outcome)
        self._open.clear()
