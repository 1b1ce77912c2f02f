"""A target as it is after it was measured, without any of it: for what is written of it."""

from __future__ import annotations

from pathlib import Path

from harness.infra.resources import matrix_file
from harness.matrix.load import load_matrix
from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.model.suite import SuiteReport, SuiteTest
from harness.targets.checks import Control
from harness.targets.declarations import read_declarations
from harness.targets.settings import read_settings
from harness.targets.snapshot import take_snapshot
from harness.targets.target_answer import TargetAnswer, answer
from harness.targets.target_plan import Place
from harness.targets.tried_cell import TriedCell
from harness.targets.tried_target import ReadTarget, TriedTarget
from harness.targets.wheel import BuiltTarget
from tests.support import live
from tests.support.made_targets import PYPROJECT, make_target

PROJECT = (
    PYPROJECT
    + """
[tool.scrapy-compat]
requires = ["pytest>=8; python_version >= '3.8'"]
arguments = ["-k", "not slow"]
env = {MODE = "it's # \\"quoted\\""}
"""
)
HOSTILE = "ValueError: ```\n# heading\x1b[31m <b>`|"


def _cell(scrapy: str, outcome: Outcome) -> TriedCell:
    environment = f"linux-py{live.HERE}-scrapy{scrapy}-latest"
    bad = not outcome.works
    row = SuiteTest(id="tests/test_it.py::test_a", outcome="failed", seconds=0.1, message=HOSTILE, place="it.py:3")
    suite = SuiteReport(
        tests=(row,), counts={}, seconds=1.0, longest=0.5, reactor_choices=(), notes=(), deprecated=(), network=()
    )
    return TriedCell(
        key=CellKey(environment, "default", "try_plain", "none"),
        environment=EnvironmentId.parse(environment),
        outcome=outcome,
        mechanism="raised-value-error" if bad else None,
        detail=HOSTILE if bad else "1 passed",
        suite=suite if bad else None,
    )


def measured_target(tmp_path: Path) -> tuple[TriedTarget, TargetAnswer]:
    """Return a target whose tests fail with one release of three, with its answer; nothing of it was run."""
    folder = make_target(tmp_path / "plugin", {"tests/test_it.py": "def test_it():\n    pass\n"}, PROJECT)
    snapshot = take_snapshot(str(folder), tmp_path / "cache")
    settings = read_settings(snapshot.source, ["default"], asked=str(folder))
    declared = read_declarations(snapshot.source, settings, asked=str(folder), called="plugin")
    read = ReadTarget(
        snapshot=snapshot, settings=settings, declared=declared, controls=(), plan=None, suite=True,  # type: ignore[arg-type]
        state=tmp_path / "state", command=("try", str(folder)), budget="10m",
    )  # fmt: skip
    built = BuiltTarget(
        name="made-plugin", version="1.2.3", wheel=tmp_path, modules=("made_plugin",), requires=("scrapy>=2.6",)
    )
    control = Control(modules={}, tests={}, flaky=(), reactor_choices=(), longest=0.0, seconds=0.0)
    spec = load_matrix(matrix_file())
    place = Place(python=spec.pythons[-2], scrapy=spec.scrapys[-1], profile=spec.profiles[0])
    tried = TriedTarget(
        read=read, built=built, control=control, control_at=place, passed_over=(), run_id="20261129T000000Z-abcdef",
    )  # fmt: skip
    cells = [_cell("2.13.4", Outcome.FAIL), _cell("2.16.0", Outcome.PASS), _cell("2.19.0", Outcome.PASS)]
    return tried, answer(cells, ["made_plugin"])
