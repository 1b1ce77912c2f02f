"""One process of the in-cell kit: started with a request, followed while it writes, killed when it stalls."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.infra.files import scratch_folder
from harness.infra.process import supervisor as process
from harness.infra.process.launcher import NATIVE, Launcher
from harness.matrix.spec import MEMORY
from harness.runner.deadlines import FIRST_START, POLL, without_beat, without_outcome
from harness.runner.follower import BatchEnd, BatchFollower, OnEnvironment
from harness.runner.wire import BATCH_LIMIT, FLOODED, LINE_LIMIT, MEMORY_LIMIT, SILENT, EndReport, OutcomeFile
from harness.runner.work import Batch, ProcessRequest

OUTPUT_CAP = 65536
OUTCOMES = "outcomes.jsonl"
_ENOUGH = "enough"
_SPOKEN = {"PYTHONIOENCODING": "utf-8:backslashreplace"}
"""What a process prints is read as UTF-8, whatever the console of this machine speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Where the in-cell side is, and what every process of it is told."""

    scenarios: tuple[Path, ...]
    """Folders of scenario files; the last one holds `kit/`."""
    server: str
    """Base URL of the HTTP server on loopback."""
    cancelled: threading.Event
    """Set when the run is to end at once."""
    memory: int = MEMORY
    """Bytes that a batch may hold in memory."""
    launcher: Launcher = NATIVE
    """How the interpreters of the environments are started."""

    @property
    def entry(self) -> Path:
        """What Python is started with."""
        return self.scenarios[-1] / "kit"


def run_request(
    kit: Kit,
    python: Path,
    request: ProcessRequest,
    *,
    on_environment: OnEnvironment,
    on_end: BatchEnd,
    enough: Callable[[], bool] = lambda: False,
) -> Sequence[Batch]:
    """Run one process of the kit with `python` and hand on what it reports, batch by batch.

    `on_environment` gets what it says of the environment, or that Scrapy does not import; then no batch is handed on.
    Once there is `enough` the process is killed; returned are the batches that had not ended, none of which is handed
    on. When `kit.cancelled` is set the process is killed and what has not ended is not handed on. Raises `ToolError`
    when the interpreter cannot be started.
    """
    with scratch_folder() as folder:
        request_file = folder / "request.json"
        request_file.write_text(json.dumps(_as_json(kit, request, folder / OUTCOMES)), encoding="utf-8")
        launcher = kit.launcher
        command = [*launcher.command, str(python), *map(launcher.name_of, (kit.entry, request_file))]
        # Whatever is left behind in it, by what was killed or may not remove it, goes with it.
        places = dict.fromkeys(launcher.temporary, launcher.name_of(folder))
        env = process.clean_environment({**_SPOKEN, **places, **launcher.environment})
        follower = BatchFollower(request, on_environment, on_end)
        with OutcomeFile(folder / OUTCOMES) as outcomes:
            with process.start(command, cwd=folder, env=env, cap=OUTPUT_CAP) as running:
                killed = _followed(kit, request, running, outcomes, follower, enough=enough)
                if running.poll() is None:
                    running.kill_tree()
                ended = running.finish()
            if not kit.cancelled.is_set() and killed is None:
                follower.take(outcomes.new_lines())
    if kit.cancelled.is_set():
        return ()
    if killed == _ENOUGH:
        return follower.open

    def end(number: int) -> EndReport:
        code = ended.returncode
        return EndReport(
            batch=number,
            exit=None if code < 0 else code,
            signal=-code if code < 0 else None,
            killed=killed,
            stdout=ended.stdout,
            stderr=ended.stderr,
        )

    follower.finish(end)
    return ()


def _followed(
    kit: Kit,
    request: ProcessRequest,
    running: process.Process,
    outcomes: OutcomeFile,
    follower: BatchFollower,
    *,
    enough: Callable[[], bool],
) -> str | None:
    """Read until the process ends; return None, or why it has to be killed."""
    limits = [batch.deadlines(request.deadline) for batch in request.batches]
    patience, quiet = without_outcome(limits), without_beat(limits)
    heard = time.monotonic() + FIRST_START - patience
    # Nothing beats before the first batch begins.
    beaten: float | None = None
    while not kit.cancelled.is_set():
        over = running.wait(POLL) is not None
        lines, now = outcomes.new_lines(), time.monotonic()
        for line in lines:
            if follower.take([line]):
                heard = now
            if enough():
                return _ENOUGH
        if b"" in lines:
            beaten = now
        if over:
            return None
        if follower.is_flooded(outcomes.read):
            return FLOODED
        if request.start == "here" and running.memory() > kit.memory:
            return MEMORY_LIMIT
        if now - heard > patience or (beaten is not None and now - beaten > quiet):
            return SILENT
    return None


def _as_json(kit: Kit, request: ProcessRequest, outcomes: Path) -> dict[str, object]:
    name_of = kit.launcher.name_of
    return {
        "outcomes": name_of(outcomes),
        "scenarios": [name_of(folder) for folder in kit.scenarios],
        "server": kit.server,
        "poll": POLL,
        "limits": {"line": LINE_LIMIT, "batch": BATCH_LIMIT, "memory": kit.memory},
        "start": request.start,
        "at_once": request.at_once,
        "batches": [batch.as_request(request.deadline, name_of) for batch in request.batches],
    }
