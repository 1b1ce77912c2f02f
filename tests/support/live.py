"""Real environments for tests: planned by the matrix of the repository, made with uv from the package index."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.environments.provider import EnvironmentProvider, ProvidedEnvironment
from harness.infra.platforms import current_platform
from harness.infra.process.launcher import NATIVE, Launcher
from harness.infra.resources import matrix_file, scenarios_dir
from harness.interpreters.search import find_interpreters
from harness.matrix.load import load_matrix
from harness.matrix.spec import MEMORY, MatrixSpec
from harness.model.result import CellResult
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.plan.planner import make_plan
from harness.plan.selection import Selection, Vocabulary
from harness.runner.batches import batched
from harness.runner.cell_process import Kit
from harness.runner.loopback_server import loopback_server
from harness.runner.runtimes import forks, lane_spec_of
from harness.runner.strategy import EnvironmentJob, ResultSink, run_environment
from harness.runner.wire import EnvironmentReport, UnusableReport
from harness.runner.work import Batch
from harness.scenarios.catalogue import load_scenarios
from harness.scenarios.parse import HELPERS, NO_HELPER
from tests.support.needs import some_python

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Key of the interpreter that runs the tests: one that is surely there."""
SOME = "some"
"""Stands for the key of `some_python`; a test of it has the marker of that name."""
SICK = Path(__file__).parent.parent / "sick"


def matrix() -> MatrixSpec:
    """The matrix of the repository."""
    return load_matrix(matrix_file())


def plan_of(
    python: str,
    scrapy: str,
    profile: str = "latest",
    lanes: Sequence[str] = (),
    asked: Sequence[str] = ("callback_*",),
) -> Plan:
    """The core scenarios, or those `asked`, in one environment."""
    spec = matrix()
    scenarios = {name: scenario.info for name, scenario in load_scenarios([scenarios_dir()]).items()}
    python = some_python() if python == SOME else python
    known = Vocabulary.of_matrix(spec, scenarios, (*HELPERS, NO_HELPER))
    selection = Selection.parse(known, python=[python], scrapy=[scrapy], profile=[profile], lane=lanes, scenario=asked)
    return make_plan(spec, plan="full", platforms=(current_platform(),), scenarios=scenarios, selection=selection)


def provide(cache: Path, planned: PlannedEnvironment, overlays: Sequence[str] = ()) -> ProvidedEnvironment:
    """Make the environment; the test fails where that is not possible."""
    provider = EnvironmentProvider(cache, find_interpreters([planned.python]))
    provided = provider.provide(planned, overlays)
    assert provided.result.status is None, provided.result.reason
    return provided


def run_cells(
    provided: ProvidedEnvironment,
    batches: Sequence[Batch],
    *,
    scenarios: Sequence[Path] = (),
    isolate: bool = False,
    deadline: float = 3.0,
    processes: int = 2,
    fork: bool | None = None,
    launcher: Launcher = NATIVE,
    memory: int = MEMORY,
) -> tuple[list[CellResult], list[EnvironmentReport | UnusableReport]]:
    """Run `batches` as the harness does here, or as it does with or without `fork`.

    Returns the results, and what processes said of the environment.
    """
    results: list[CellResult] = []
    reports: list[EnvironmentReport | UnusableReport] = []
    assert provided.python is not None
    with loopback_server() as server:
        kit = Kit(scenarios=(*scenarios, scenarios_dir()), server=server, cancelled=threading.Event())
        kit = replace(kit, launcher=launcher, memory=memory)
        order = EnvironmentJob(
            environment=provided.result.id,
            python=provided.python,
            batches=tuple(replace(batch, number=number) for number, batch in enumerate(batches)),
            fingerprint=lambda lane, scenario: f"{lane}/{scenario}",
            deadline=deadline * launcher.patience,
            isolate=isolate,
            fork=forks(current_platform()) if fork is None else fork,
            processes=processes,
        )
        again = run_environment(kit, order, ResultSink(on_environment=reports.append, on_results=results.extend))
        if again is not None:
            again()
    return results, reports


def batches_of(planned: PlannedEnvironment, provided: ProvidedEnvironment) -> tuple[Batch, ...]:
    """All that can be run of an environment, as the harness batches it."""
    kinds = {name: scenario.info.kind for name, scenario in load_scenarios([scenarios_dir()]).items()}
    return batched(
        [lane for lane in planned.lanes if lane.status is None and set(lane.overlays) <= set(provided.overlays)],
        lane_specs={lane.name: lane_spec_of(lane, current_platform()) for lane in matrix().lanes},
        overlays=provided.overlays,
        kind=kinds.__getitem__,
    )


def batch_of(
    lane: str, cells: Sequence[tuple[str, str]], overlays: Sequence[Path] = (), *, folders: Sequence[Path] = ()
) -> Batch:
    """A batch of cells in a lane of the matrix; `folders` hold scenarios beside those of the repository."""
    recipe = lane_spec_of(matrix().lane(lane), current_platform())
    found = load_scenarios([*folders, SICK, scenarios_dir()])
    kinds = {name: scenario.info.kind for name, scenario in found.items()}
    return Batch(
        number=0,
        lane=recipe,
        path=tuple(overlays),
        cells=tuple(cells),
        own=any(found[name].path.parent != scenarios_dir() for name, _ in cells),
        program=all(kinds[name] == "program" for name, _ in cells),
        places=frozenset(name for name, _ in cells if kinds[name] == "place"),
    )
