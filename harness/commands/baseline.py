"""What `baseline` does: accepts the state of a platform, or shows what is accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.commands.stored_runs import open_run
from harness.infra.errors import ConfigurationError
from harness.infra.resources import BASELINES
from harness.judge.baseline_file import baseline_file
from harness.judge.baseline_writer import accept_cells
from harness.judge.verdict import Judge
from harness.model.known_cells import CellCoordinates
from harness.plan.plan_records import Plan
from harness.render.atomic_files import written_whole
from harness.render.text.baseline import BaselineSummary, BaselineUpdate
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.store.schema import RunMeta
from harness.targets.checks import CHECKS
from harness.workspace import Workspace


def accept(state: Path, run_id: str | None, loaded: Workspace, baselines: Path) -> Iterator[BaselineUpdate]:
    """Write the baseline of every platform of a stored run, so that all its cells are expected.

    That of a target is kept beside its runs, unless another folder is named. Raises `ConfigurationError` where there is
    no fit run, and for a folder that has what scenarios gave and a run of a target.
    """
    metas = [run.meta for run in Runs(state).stored() if run.meta is not None]
    # In a folder with both runs of targets are accepted by their names alone.
    targets = run_id is not None or all(meta.of_target for meta in metas)
    with open_run(state, run_id or _latest_not_of_cells(state), targets=targets) as store:
        view = ReportView.of_store(store)
    if view.run.of_target and baselines == BASELINES:
        baselines = state / BASELINES
    judge = loaded.judge(baselines)
    for platform in view.platforms:
        if view.run.of_target:
            _refuse_scenarios(judge, platform, view.run, baselines)
            universe = _cells_of_targets(metas, platform)
        else:
            universe = loaded.universe(platform)
        before = judge.baselines.get(platform)
        made = accept_cells(judge, view.known(), universe, platform, loaded.known.scrapys)
        path = baseline_file(baselines, platform)
        with written_whole(path) as file:
            file.write(made.text)
        was, now = (set() if one is None else {(each.accepted, each.text) for each in one.entries}
                    for one in (before, made))  # fmt: skip
        yield BaselineUpdate(
            path=path,
            run=view.run.id,
            plan=view.run.plan,
            outcomes=Counter(cell.outcome.value for cell in view.known() if cell.at.platform == platform),
            dropped=() if before is None else tuple(before.stale(universe)),
            entries=len(made.entries),
            new=None if before is None else len(now - was),
            gone=None if before is None else len(was - now),
        )


def _cells_of_targets(metas: Iterable[RunMeta], platform: str) -> list[CellCoordinates]:
    """Return the cells that runs of targets have asked for on a platform: no plan of the matrix has them."""
    keys = dict.fromkeys(key for meta in metas if meta.of_target for key in Plan.from_json(meta.plan_json).keys())
    return [at for key in keys if (at := CellCoordinates.of(key)).platform == platform]


def _refuse_scenarios(judge: Judge, platform: str, run: RunMeta, baselines: Path) -> None:
    """Raise `ConfigurationError` where the baseline of a platform is of scenarios, and not of a target."""
    before = judge.baselines.get(platform)
    if before is not None and before.scenarios - CHECKS:
        raise ConfigurationError(
            value=str(baseline_file(baselines, platform)),
            cause=f"has what scenarios gave, and run {run.id} has checks of a target",
            action="leave out --baseline: that of a target is kept beside its runs",
        )


def _latest_not_of_cells(state: Path) -> str | None:
    """Return the run that is accepted where none is named; None: that of a whole plan.

    A run of one `--cell` is somebody's look at it, and no state. Raises `ConfigurationError` where none is fit.
    """
    metas = [run.meta for run in reversed(Runs(state).stored()) if run.meta is not None]
    if not metas or any(not meta.narrowed for meta in metas):
        return None
    fit = [meta.id for meta in metas if not any(word.partition("=")[0] == "--cell" for word in meta.command)]
    if not fit:
        raise ConfigurationError(
            value=str(state),
            cause="only runs of single cells (--cell) are stored here",
            action="run what is to be accepted, or name one of these runs with --run",
        )
    return fit[0]


def baseline_summaries(loaded: Workspace, baselines: Path) -> Iterator[BaselineSummary]:
    """Return what is accepted, and what of it is stale. Raises `ConfigurationError` where nothing is accepted."""
    found = loaded.judge(baselines).baselines
    if not found:
        raise ConfigurationError(
            value=str(baselines),
            cause="there is no baseline here",
            action="accept the state of a run with `scrapy-compat baseline accept`",
        )
    for platform, baseline in found.items():
        elsewhere = sorted(baseline.scenarios - loaded.scenarios.keys())
        yield BaselineSummary(
            path=baseline_file(baselines, platform),
            entries=tuple((str(each.accepted), each.text) for each in baseline.entries),
            stale=tuple(baseline.stale(loaded.universe(platform), elsewhere)),
            elsewhere=tuple(elsewhere),
        )
