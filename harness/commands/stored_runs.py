"""Opens stored runs for the commands that answer from them: as store, as view, judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.infra.resources import STATE
from harness.judge.claim_results import Judgement, judge_cells
from harness.judge.verdict import Judge
from harness.model.ids import CellKey, EnvironmentId
from harness.model.known_cells import KnownCell
from harness.plan.selection import Vocabulary
from harness.render.view import ReportView, shipped_words
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.workspace import Filters


def stored_view(state: Path, run_id: str | None, *, targets: bool = True) -> ReportView:
    """Return the view of a stored run, or of that which comes with the harness where it is named.

    For `targets` see `open_run`. Raises `ConfigurationError`, `StorageError`.
    """
    shipped = None if run_id is None else shipped_view(state, run_id)
    if shipped is not None:
        return shipped
    with open_run(state, run_id, targets=targets) as store:
        return ReportView.of_store(store)


def known_view(state: Path, run_id: str | None) -> ReportView:
    """Return the view of a stored run; where none is stored and none named, of that which comes with the harness.

    Raises `ConfigurationError` where there is none of either, `StorageError`.
    """
    return shipped_view(state, run_id) or stored_view(state, run_id)


def shipped_view(state: Path, run_id: str | None) -> ReportView | None:
    """Return the view of the run that comes with the harness, where it is named or, as none is, stands in.

    None where a stored run answers. Raises `ConfigurationError` for a folder of runs that somebody has named and that
    is not there, `StorageError`.
    """
    if state != STATE and not state.is_dir():
        raise ConfigurationError(
            value=f"--state {state}", cause="there is no such folder", action="name one in which runs were stored"
        )
    stored = Runs(state).ids()
    if run_id in stored or (run_id is None and stored):
        return None
    # Reading it takes numpy, which commands that fold no cells do without.
    from harness.render.packed_run import shipped_run  # noqa: PLC0415

    shipped = shipped_run()
    return shipped if shipped is not None and run_id in {None, shipped.run.id} else None


def answered_from(view: ReportView) -> str:
    """Return which run an answer is from, and whether that run knows everything."""
    if view.shipped:
        return f"from {shipped_words(view.run)}"
    return f"from run {view.run.id} of the plan {view.run.plan}{'' if view.complete else ', which is not complete'}"


def parsed_cell(text: str) -> CellKey:
    """Return the key of a cell that was written. Raises `ConfigurationError` where it is no id."""
    try:
        return CellKey.parse(text)
    except ValueError as error:
        action = "copy an id from `scrapy-compat cells --format ids`"
        raise ConfigurationError(value=text, cause=str(error), action=action) from error


def chosen(cells: list[KnownCell], filters: Filters) -> list[KnownCell]:
    """Return the cells that the filters let through. Raises `ConfigurationError`."""
    if not filters.any:
        return cells
    selection = filters.over(Vocabulary.of_cells(cell.at.key for cell in cells))
    if filters.cell:
        return [cell for cell in cells if selection.matches(cell.at.key)]
    # There are few environments and many cells: each environment and each lane is asked about once.
    environment = cache(lambda where: selection.selects_environment(EnvironmentId(*where)))
    lane, question = cache(selection.selects_lane), cache(selection.selects_question)
    return [
        cell
        for cell in cells
        if environment(cell.at[:4]) and lane(cell.at.lane) and question(cell.at.scenario, cell.at.helper)
    ]


def open_run(state: Path, run_id: str | None, *, targets: bool = True) -> RunStore:
    """Return a stored run: the one of that id, else the latest of a whole plan, else the latest.

    Without `targets` those of `try` are passed over: their cells are no scenarios. Raises `ConfigurationError` where
    there is none, or the one that is named is of a target, `StorageError` where it cannot be read.
    """
    runs = Runs(state)
    if run_id is not None:
        if run_id not in runs.ids():
            raise ConfigurationError(
                value=run_id,
                cause=f"no such run in {runs.directory}",
                action="choose one of: " + (", ".join(runs.ids()[-5:]) or "there is none yet, start one"),
            )
        return _fit(runs.open(run_id), targets=targets)
    latest: RunStore | None = None
    of_target: RunStore | None = None
    for candidate in reversed(runs.ids()):
        store = runs.open(candidate)
        meta = store.meta()
        if meta.of_target and not targets:
            of_target = of_target or store
            continue
        if not meta.narrowed:
            return store
        latest = latest or store
    if latest is None and of_target is not None:
        return _fit(of_target, targets=targets)
    if latest is None:
        raise ConfigurationError(
            value=str(state), cause="no run is stored here", action="start one with `scrapy-compat run`"
        )
    return latest


def _fit(store: RunStore, *, targets: bool) -> RunStore:
    """Return a store; raises `ConfigurationError` where it is of a target and that is not wanted."""
    meta = store.meta()
    if meta.of_target and not targets:
        store.close()
        raise ConfigurationError(
            value=f"run {meta.id} of the plan {meta.plan}",
            cause="has checks of a target, and no scenario of which anything is claimed or published",
            action="name a run of scenarios with --run, or the folder of such runs with --state",
        )
    return store


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A stored run with what is judged of it."""

    view: ReportView
    judge: Judge
    judgement: Judgement


def judged_run(state: Path, run_id: str | None, judge: Judge, *, targets: bool = True) -> JudgedRun:
    """Return a stored run, judged. Raises as `open_run`, which knows of `targets`."""
    view = stored_view(state, run_id, targets=targets)
    return JudgedRun(view=view, judge=judge, judgement=judge_cells(judge, view.known))
