"""A run as one small file, which comes with the harness: what is known of its cells, packed as the page packs them.

So the commands that answer from stored runs answer at once where none is stored yet.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.infra.errors import StorageError
from harness.infra.resources import shipped_run_file
from harness.model.outcome import Close, Outcome
from harness.model.result import EnvironmentResult, Facts
from harness.plan.plan_records import Plan
from harness.render.html.cell_columns import Cells
from harness.render.html.columns import Numbers, packed_bytes, unfolded, unpacked
from harness.render.html.evidence import Texts
from harness.render.view import ReportView
from harness.store.records import CellRow, Observation
from harness.store.schema import RunMeta

_FORMAT = 1
_META = ("id", "started", "finished", "plan", "plan_hash", "complete")
_OF_ENVIRONMENT = ("id", "platform", "python", "scrapy", "profile", "status", "reason", "fingerprint", "versions")
_BROKEN = (OSError, EOFError, zlib.error, struct.error, ValueError, KeyError, IndexError, TypeError)


def packed_run(view: ReportView) -> bytes:
    """Return the file for a view of a stored run, without what only its machine knows. Raises `StorageError`."""
    cells = Cells(view, None, Texts())
    results = [each.result for each in view.environments if each.result is not None]
    header = {
        "format": _FORMAT,
        "run": {name: getattr(view.run, name) for name in _META},
        "plan": json.loads(view.plan.to_json()),
        "environments": [{name: getattr(each, name) for name in _OF_ENVIRONMENT} for each in results],
        "seen": cells.header()["seen"],
    }
    return packed_bytes(header, {"seen": cells.columns()["seen"]})


def shipped_run() -> ReportView | None:
    """Return the view of the run that comes with the harness; None where none does. Raises `StorageError`."""
    path = shipped_run_file()
    if not path.is_file():
        return None
    return read_packed_run(path)


def read_packed_run(path: Path) -> ReportView:
    """Return the view of a run that `packed_run` packed. Raises `StorageError` where the file cannot be read."""
    try:
        header, columns = unpacked(path.read_bytes())
        if header["format"] != _FORMAT:
            raise ValueError(f"its format is {header['format']}, this program reads {_FORMAT}")
        text = json.dumps(header["plan"])
        run = RunMeta(**header["run"], plan_json=text, host={}, command=())
        plan = Plan.from_json(text)
        results = msgspec.convert(header["environments"], list[EnvironmentResult])
        seen = [_observation(*each) for each in header["seen"]]
        view = ReportView(run, plan, {each.id: each for each in results}, _rows(run, plan, seen, columns["seen"]))
    except _BROKEN as error:
        raise StorageError(
            value=str(path), cause=f"cannot be read as a packed run: {error!r}", action="install the harness again"
        ) from error
    view.shipped = True
    return view


def _rows(run: RunMeta, plan: Plan, seen: list[Observation], numbers: Numbers) -> Iterator[CellRow]:
    """Return the cells in the order of the plan, which is that in which `Cells` packed them."""
    lanes = [(each.id, lane) for each in plan.environments if each.status is None for lane in each.lanes]
    grids = {lane.cells: number for number, lane in enumerate(lane for _, lane in lanes)}
    likes = [((lane.name, grids[lane.cells]), len(lane.cells)) for _, lane in lanes]
    for (environment, lane), found in zip(lanes, unfolded(numbers, likes), strict=True):
        for (scenario, helper), number in zip(lane.cells, found.tolist(), strict=True):
            yield CellRow(environment, lane.name, scenario, helper, seen[number], None, run.id)


def _observation(
    outcome: str, mechanism: str | None, detail: str | None, close: str | None, *where: str | int | None
) -> Observation:
    *facts, isolated = where
    told = None if facts[0] is None and facts[1] is None else msgspec.convert(
        dict(zip(("reactor", "loop", "policy"), facts, strict=True)), Facts
    )  # fmt: skip
    return Observation(
        Outcome(outcome), mechanism, detail, None if close is None else Close(close), told, bool(isolated)
    )
