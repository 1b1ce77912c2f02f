"""Writes `examples.toml`: for each outcome and mechanism that stored runs have seen, a cell that shows it.

    python docs/_extension/examples.py .scrapy-compat

takes the whole runs of that state folder, the latest first. Of cells that show the same, the one with the newest
Scrapy is taken: it is what a reader is most likely to have.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.version import InvalidVersion, Version

from harness.model.ids import EnvironmentId
from harness.model.outcome import Outcome
from harness.model.scenario_names import PLAIN_CALLBACK
from harness.render.view import ReportView
from harness.store.run_directory import Runs

_HEAD = "# Cells that show an outcome or a mechanism; written by `examples.py` from stored runs.\n"
_USUAL = ("default", "asyncio-default", "none-default")
Order = tuple[bool, bool, Version, bool, bool, bool, str]


def main(state: Path) -> None:
    """Write the file beside this one."""
    outcomes: dict[str, tuple[Order, str]] = {}
    mechanisms: dict[str, tuple[Order, str]] = {}
    runs = Runs(state)
    for run_id in reversed(runs.ids()):
        with runs.open(run_id) as store:
            for outcome, mechanism, environment, cell in _shown(ReportView.of_store(store)):
                order = _order(environment, cell)
                _keep(outcomes, outcome, order, cell)
                if mechanism is not None:
                    _keep(mechanisms, mechanism, order, cell)
    text = _HEAD + _section("outcome", outcomes) + _section("mechanism", mechanisms)
    Path(__file__).with_name("examples.toml").write_text(text, encoding="utf-8")


def _shown(view: ReportView) -> Iterator[tuple[str, str | None, str, str]]:
    """Outcome, mechanism, environment and id of every cell, and of every environment without cells."""
    for cell in view.cells():
        seen = cell.observation
        # A flaky cell shows it only now and then: it is no example.
        if seen.outcome is not Outcome.FLAKY:
            yield seen.outcome.value, seen.mechanism, cell.key.environment, cell.key.id
    for each in view.environments:
        if each.status is not None:
            yield each.status.value, None, each.planned.id, each.planned.id


def _order(environment: str, cell: str) -> Order:
    """What is more telling compares greater."""
    at = EnvironmentId.parse(environment)
    try:
        version = Version(at.scrapy)
    except InvalidVersion:
        version = Version("0")
    usual = any(f"/{lane}/" in cell for lane in _USUAL)
    return "/" in cell, f"/{PLAIN_CALLBACK}/" in cell, version, usual, at.profile == "latest", at.python == "3.12", cell


def _keep(found: dict[str, tuple[Order, str]], name: str, order: Order, cell: str) -> None:
    if name not in found or order > found[name][0]:
        found[name] = (order, cell)


def _section(name: str, found: dict[str, tuple[Order, str]]) -> str:
    lines = [f"{json.dumps(key)} = {json.dumps(cell)}\n" for key, (_, cell) in sorted(found.items())]
    return f"\n[{name}]\n" + "".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
