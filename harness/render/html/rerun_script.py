"""What it takes to run a cell again without the harness, for the scripts that the page makes."""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.infra.resources import scenarios_dir
from harness.matrix.spec import MatrixSpec
from harness.render.html.gzip_bytes import compressed
from harness.render.rerun_command import words_of_running_again
from harness.render.view import ReportView
from harness.runner.deadlines import PROGRAM, Deadlines
from harness.scenarios.catalogue import load_scenarios

CELL = "{cell}"
"""Stands for the id of a cell in `words`."""
SCRIPT = Path(__file__).parent / "templates" / "again.py.txt"


def again_object(view: ReportView, spec: MatrixSpec) -> dict[str, Any]:
    """Return the words of the command, the script's text, the kit, and what is asked of it by scenario and by lane.

    A scenario or lane that is not of the shipped ones is left out: only the command runs its cells again.
    """
    wanted = set(view.scenarios)
    files = {name: each for name, each in load_scenarios([scenarios_dir()]).items() if name in wanted}
    lanes = {lane.name: lane for lane in spec.lanes if lane.name in view.lanes}
    return {
        "words": words_of_running_again(view.run.command, CELL),
        "script": SCRIPT.read_text(encoding="utf-8"),
        "kit": base64.b64encode(_kit()).decode("ascii"),
        "deadlines": Deadlines.of(PROGRAM).as_request(),
        "scenarios": {
            name: {"kind": each.info.kind, "source": each.path.read_text(encoding="utf-8")}
            for name, each in files.items()
        },
        "lanes": {
            name: {"settings": dict(lane.settings), "reactorless": lane.reactor == "none"}
            for name, lane in lanes.items()
        },
    }


def _kit() -> bytes:
    """Return the in-cell kit as a compressed archive, the same bytes from the same files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path in _modules():
            entry = tarfile.TarInfo(f"kit/{path.name}")
            content = path.read_bytes()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return compressed(raw.getvalue())


def _modules() -> Iterator[Path]:
    yield from sorted((scenarios_dir() / "kit").glob("*.py"))
