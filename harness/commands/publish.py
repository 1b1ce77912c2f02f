"""Publish a stored run: write its report, and the constraint files of its platform, where the repository keeps them.

Runs write to `reports/`; what others are linked to changes only here, on purpose.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from harness.commands.report import WrittenReport, render_report
from harness.commands.stored_runs import open_run
from harness.experiments.pins.constraint_files import write_constraint_file
from harness.infra.errors import ConfigurationError, StorageError
from harness.infra.files import replacing, storage_errors
from harness.infra.resources import PACKED_RUN
from harness.judge.verdict import Judge
from harness.plan.selection import Selection
from harness.render.packed_run import packed_run
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.workspace import DEFAULT_PLAN, FULL_PLAN, Workspace


def publish(
    state: Path, run_id: str | None, *, platform: str, loaded: Workspace, judge: Judge, folder: Path, anyway: bool
) -> WrittenReport:
    """Write the report of a stored run to `folder/platform`: the run named, else the newest of the whole plan `full`.

    Beside it is written what is known of the cells of the default plan, packed. Raises `ConfigurationError` where there
    is no such run, where it is of a target, or where it is not the whole plan, finished and complete. `anyway` takes
    one that is not whole, if it is named.
    """
    if anyway and run_id is None:
        raise ConfigurationError(
            value="--anyway", cause="takes a run that is named", action="add --run ID; `scrapy-compat runs` lists them"
        )
    whole = loaded.plan(FULL_PLAN, (platform,), Selection()).hash
    run_id = run_id or _newest(Runs(state), whole, platform)
    out = folder / platform
    with open_run(state, run_id, targets=False) as store:
        if not anyway:
            _refuse_part(ReportView.of_store(store), whole, platform, out)
    written = render_report(state, run_id, [], out, judge)
    shipped = _default_part(state, run_id, loaded, platform)
    with storage_errors(out), replacing(out / PACKED_RUN) as draft:
        draft.write_bytes(packed_run(shipped))
    for pins in loaded.spec.pins.values():
        if pins.platform == platform:
            write_constraint_file(pins, out)
    return written


def _default_part(state: Path, run_id: str, loaded: Workspace, platform: str) -> ReportView:
    """Return what a run says of the cells of the default plan, all of which the full plan has.

    Answers from the cells of the full plan, eight times as many, would take a quarter of a minute.
    """
    plan = loaded.plan(DEFAULT_PLAN, (platform,), Selection())
    with open_run(state, run_id) as store:
        meta = replace(store.meta(), plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json())
        return ReportView(meta, plan, store.environments(locks=False), store.rows())


def _newest(runs: Runs, plan_hash: str, platform: str) -> str:
    """Return the id of the newest finished run of the plan of that hash."""
    for run_id in reversed(runs.ids()):
        # One that cannot be read is mended by the next run.
        with suppress(StorageError), runs.open(run_id) as store:
            meta = store.meta()
            if meta.plan_hash == plan_hash and meta.finished is not None:
                return run_id
    raise ConfigurationError(
        value=f"the plan {FULL_PLAN} on {platform}",
        cause=f"no finished run of it, whole and as the matrix is now, is in {runs.directory}",
        action=f"run {_command(platform)}, or name another run with --run ID --anyway",
    )


def _refuse_part(view: ReportView, plan_hash: str, platform: str, out: Path) -> None:
    """Raise `ConfigurationError` unless the run is the whole plan, finished, with nothing missing."""
    instead = f"publish it all the same with --run {view.run.id} --anyway"
    if view.run.plan_hash != plan_hash:
        raise ConfigurationError(
            value=f"run {view.run.id} of the plan {view.run.plan}",
            cause=f"is not the whole plan {FULL_PLAN} on {platform} as the matrix is now, which {out} shows",
            action=f"run {_command(platform)}, or {instead}",
        )
    missing = {outcome.value: count for outcome, count in view.outcomes.items() if outcome.incomplete and count}
    if missing:
        raise ConfigurationError(
            value=f"run {view.run.id}",
            cause="is incomplete: " + ", ".join(f"{count} cells {name}" for name, count in missing.items()),
            action=f"run {_command(platform)} where nothing is missing (`scrapy-compat pythons`), or {instead}",
        )


def _command(platform: str) -> str:
    return f"`scrapy-compat run --plan {FULL_PLAN} --platform {platform}`"
