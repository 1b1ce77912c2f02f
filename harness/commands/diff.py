"""What `diff` does: compares two runs, or one with what the baseline announces of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.analysis.change_factors import RunOrigin, RunRecord, RunSide
from harness.analysis.run_diff import Diff, compare
from harness.commands.stored_runs import open_run, stored_view
from harness.experiments.change_exchange import ExchangedChange
from harness.infra.errors import ConfigurationError
from harness.infra.resources import BASELINES
from harness.judge.expected_side import expected_side
from harness.model.known_cells import CellCoordinates
from harness.plan.selection import Selection
from harness.render.matrix_json_file import read_matrix_json
from harness.render.run_sides import side_of
from harness.render.text.diff import changes_lines, exchange_lines
from harness.render.to_plain import json_text, plain
from harness.store.run_directory import Runs
from harness.store.schema import ADAPTED, NARROWED
from harness.workspace import FULL_PLAN, Workspace, load_workspace

BASELINE = "baseline"
"""Names what the claims and the accepted baseline announce as one side of a comparison."""


Measure = Callable[[Diff, RunSide, RunSide], Sequence[ExchangedChange]]
"""Finds out by experiment what changed some ranges."""


def diff_lines(
    state: Path,
    before: str,
    after: str,
    *,
    everything: bool,
    as_json: bool = False,
    baselines: Path = BASELINES,
    matrix: Path | None = None,
    measure: Measure | None = None,
) -> Iterator[str]:
    """Return what differs between two runs or report files, or between one and what the baseline announces of it.

    One object `as_json`, with everything. `measure`: finds out what did it where that is not known.
    """
    if before == after == BASELINE:
        raise ConfigurationError(value=BASELINE, cause="is both sides", action="name a run to compare it with")
    sides = {name: _side(state, name) for name in (before, after) if name != BASELINE}
    if BASELINE in {before, after}:
        ((name, run),) = sides.items()
        sides = dict(zip((BASELINE, name), _beside_baseline(run, load_workspace(matrix), baselines), strict=True))
    diff = compare(sides[before], sides[after])
    if as_json:
        found = {"a": sides[before].name, "b": sides[after].name, "counts": diff.counts, **plain(diff)}
        if measure is not None:
            found["measured"] = measure(diff, sides[before], sides[after])
        yield json_text(found)
        return
    yield f"A  {sides[before].name}"
    yield f"B  {sides[after].name}"
    if BASELINE not in sides and sides[before].plan != sides[after].plan:
        yield "The plans differ: cells that only one of them asks for are told as new or gone."
    yield from changes_lines(diff, everything=everything)
    if measure is not None:
        yield from exchange_lines(measure(diff, sides[before], sides[after]))


def _beside_baseline(run: RunSide, loaded: Workspace, baselines: Path) -> tuple[RunSide, RunSide]:
    """Return what is announced of a run, and what of the run can be compared with that."""
    judge = loaded.judge(baselines)
    if not judge.baselines:
        raise ConfigurationError(
            value=str(baselines), cause="there is no baseline here", action="`scrapy-compat baseline accept` writes one"
        )
    found = expected_side(judge, run.cells, _asked_by_plan(run.plan, loaded, judge.baselines))
    told = f"the claims and the baseline in {baselines} ({', '.join(judge.baselines)})"
    announced = RunSide(name=told, cells=found.baseline, versions={})
    return announced, replace(run, cells=found.run, versions={}, record=None)


def _asked_by_plan(plan: str, loaded: Workspace, platforms: Iterable[str]) -> dict[str, list[CellCoordinates]]:
    """Return the cells, by platform, that a run of that plan should have today.

    None for one that was narrowed by hand, or adapted to a machine: nothing else was asked, and so nothing is gone.
    """
    if plan.endswith(NARROWED) or ADAPTED in plan:
        return {}
    name = plan if plan in loaded.spec.plans else FULL_PLAN
    asked: dict[str, list[CellCoordinates]] = {platform: [] for platform in platforms}
    for key in loaded.plan(name, tuple(asked), Selection()).keys():
        at = CellCoordinates.of(key)
        asked[at.platform].append(at)
    return asked


def _side(state: Path, name: str) -> RunSide:
    """One side of a comparison: `latest`, `previous`, the path of a `matrix.json`, or the id of a run."""
    if name not in {"latest", "previous"} and Path(name).is_file():
        matrix = read_matrix_json(Path(name))
        return RunSide(
            name=f"run {matrix.run} in {name}",
            cells=matrix.known(),
            versions=matrix.versions,
            plan=matrix.plan,
            record=RunRecord(
                run=matrix.run,
                origins={matrix.run: RunOrigin(inputs=None, host=matrix.host)},
                plan_hash=matrix.plan_hash,
            ),
        )
    run_id = {"latest": None, "previous": _previous(state) if name == "previous" else None}.get(name, name)
    return side_of(stored_view(state, run_id), Runs(state))


def _previous(state: Path) -> str:
    """Return the run of the same plan and machine before the latest one."""
    with open_run(state, None) as store:
        latest = store.meta()
    found = Runs(state).before(latest)
    if found is None:
        raise ConfigurationError(
            value="previous",
            cause=f"there is no run of the plan {latest.plan} before {latest.id}",
            action="name another run (`scrapy-compat runs` lists them), or run that plan again",
        )
    return found
