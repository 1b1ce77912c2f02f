"""What `why` does: finds what, changed alone, changes the result of one cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import dropwhile
from pathlib import Path

from harness.analysis.cell_causes import causes_of_cell
from harness.analysis.minimal_pairs import causes_of_group, is_result, result_of
from harness.commands.stored_runs import open_run, parsed_cell, shipped_view
from harness.infra.errors import ConfigurationError
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane, Questions
from harness.render.explained_cell import ExplainedCell
from harness.render.rerun_command import run_again
from harness.render.view import ReportView
from harness.scenarios.parse import NO_HELPER
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.store.schema import RunMeta
from harness.targets.checks import CHECKS


class NotStoredError(ConfigurationError):
    """No stored run has a cell, and neither has the run that comes with the harness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCells:
    """What stored runs know of a cell and of those that it is compared with."""

    known: Mapping[CellCoordinates, KnownCell]
    origins: Mapping[CellCoordinates, ReportView]
    """The run that a cell is known from."""
    environments: Mapping[str, EnvironmentResult]
    views: tuple[ReportView, ...]
    """The runs, the most important first."""


def compared_cells(state: Path, run_id: str | None, key: CellKey) -> ComparedCells:
    """Return what stored runs know of a cell and of those that it is compared with.

    They are the latest run of a whole plan that has the cell, and those since; or the one of that id. Where no whole
    plan that was run here has it, the run that comes with the harness stands in. Raises `NotStoredError` where
    none has it, `ConfigurationError`, `StorageError`.
    """
    with ExitStack() as opened:
        views = _views(state, run_id, key, opened)
    cells: dict[CellCoordinates, KnownCell] = {}
    origins: dict[CellCoordinates, ReportView] = {}
    environments: dict[str, EnvironmentResult] = {}
    for view in views:
        changed = set(_taken_up(view, environments))
        for known in view.known():
            old = cells.get(known.at)
            if (
                known.at.key.environment not in changed
                and (old is None or not is_result(old))
                and _comparable(known, key)
            ):
                cells[known.at], origins[known.at] = known, view
    return ComparedCells(known=cells, origins=origins, environments=environments, views=tuple(views))


def explained_cell(state: Path, run_id: str | None, cell: str) -> ExplainedCell:
    """Return what stored runs tell of the causes of a cell's result. Raises as `compared_cells` does."""
    key = parsed_cell(cell)
    compared = compared_cells(state, run_id, key)
    cells = compared.known
    known = cells[CellCoordinates.of(key)]
    causes = causes_of_cell(known, cells.values())
    alike = [
        other
        for other in cells.values()
        if (other.at.scenario, other.at.helper) == key[2:] and result_of(other) == result_of(known)
    ]
    return ExplainedCell(
        causes=causes,
        alike=len(alike),
        elsewhere=causes_of_group(alike, cells.values(), causes.unknown),
        known=cells,
        environments=compared.environments,
        runs=tuple(view.run for view in compared.views),
        shipped=compared.views[-1].shipped,
    )


def _comparable(known: KnownCell, key: CellKey) -> bool:
    """Return whether a cell asks the same in some other way or place, or something else in the same way."""
    none = (known.at.helper == NO_HELPER) is not (key.helper == NO_HELPER)
    return not none and (known.at.scenario == key.scenario or known.at.helper == key.helper)


def _taken_up(view: ReportView, environments: dict[str, EnvironmentResult]) -> Iterator[str]:
    """Take up the environments of a view; yield those whose packages are not those that an earlier run had."""
    for each in view.environments:
        if each.result is not None:
            known = environments.setdefault(each.planned.id, each.result)
            if known.fingerprint != each.result.fingerprint:
                yield each.planned.id


def _views(state: Path, run_id: str | None, key: CellKey, opened: ExitStack) -> list[ReportView]:
    """Return the views of the runs that are compared, the most important first."""
    named = None if run_id is None else shipped_view(state, run_id)
    if named is not None and named.cell(key) is not None:
        return [named]
    sources = [] if named is not None else _sources(state, run_id, key, opened)
    views = [_near(store, meta, plan, key) for store, meta, plan in sources]
    if run_id is None and all(meta.narrowed for _, meta, _ in sources):
        from harness.render.packed_run import shipped_run  # noqa: PLC0415 -- it takes numpy

        shipped = shipped_run()
        if shipped is not None and shipped.cell(key) is not None:
            views.append(shipped)
    if not views and (named is not None or (run_id is None and not Runs(state).ids())):
        nothing = "" if named is not None else "no run is stored here, and "
        raise NotStoredError(
            value=key.id,
            cause=f"{nothing}the run that comes with the harness does not have this cell",
            action=f"run it: {_command_of(key)}",
        )
    if not views:
        latest = opened.enter_context(open_run(state, run_id))
        raise NotStoredError(
            value=key.id,
            cause=f"the plan of run {latest.id} does not have this cell, and neither has a run since",
            action="list those that it has with `scrapy-compat cells --format ids`, or run this one: "
            + run_again(latest.meta().command, key.id),
        )
    return views


def _command_of(key: CellKey) -> str:
    """Return the command that runs a cell of which no run is known."""
    if key.scenario in CHECKS:
        return f"scrapy-compat try TARGET --cell '{key.id}'; runs of a target are named with --state"
    return f"scrapy-compat run --plan full --cell '{key.id}'"


def _sources(state: Path, run_id: str | None, key: CellKey, opened: ExitStack) -> list[tuple[RunStore, RunMeta, Plan]]:
    """Return the stored runs that are compared, the most important first; none where none has the cell."""
    ids = [run_id] if run_id is not None else list(reversed(Runs(state).ids()))
    found: list[tuple[RunStore, RunMeta, Plan]] = []
    for each in ids:
        store = opened.enter_context(open_run(state, each))
        meta = store.meta()
        plan = Plan.from_json(meta.plan_json)
        there = _has(plan, key)
        if there or (meta.narrowed and run_id is None):
            found.append((store, meta, plan))
        if there and not meta.narrowed:
            break
    # A run from before the cell was measured may be of other packages: the comparison begins with the cell.
    return list(dropwhile(lambda each: not _has(each[2], key), found[::-1]))


def _has(plan: Plan, key: CellKey) -> bool:
    return any(
        lane.name == key.lane and key[2:] in lane.cells
        for environment in plan.environments
        if environment.id == key.environment and environment.status is None
        for lane in environment.lanes
    )


def _near(store: RunStore, meta: RunMeta, plan: Plan, key: CellKey) -> ReportView:
    """Return the view of the cells that are compared with one, which is quick however large a run is."""
    grids: dict[int, Questions] = {}

    def narrowed(environment: PlannedEnvironment) -> Iterator[PlannedLane]:
        for lane in environment.lanes:
            if environment.id == key.environment:
                yield lane
            else:
                if id(lane.cells) not in grids:
                    grids[id(lane.cells)] = (key[2:],) if key[2:] in lane.cells else ()
                if grids[id(lane.cells)]:
                    yield replace(lane, cells=grids[id(lane.cells)])

    environments = tuple(replace(each, lanes=tuple(narrowed(each))) for each in plan.environments)
    near = Plan(name=plan.name, environments=environments, scenarios=plan.scenarios)
    return ReportView(meta, near, store.environments(locks=False), store.rows_near(key))
