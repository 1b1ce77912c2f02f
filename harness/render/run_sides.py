"""A stored run as one side of a comparison, with what it says of the things that its cells depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from harness.analysis.change_factors import RunOrigin, RunRecord, RunSide
from harness.environments.lockfiles import entries
from harness.infra.errors import StorageError
from harness.infra.text import plural
from harness.model.known_cells import CellCoordinates
from harness.render.view import EnvironmentView, ReportView
from harness.store.run_directory import Runs


def side_of(view: ReportView, runs: Runs) -> RunSide:
    """Return a run of `runs` as one side of a comparison. Raises `StorageError`."""
    told = f"run {view.run.id} of the plan {view.run.plan}: {plural(view.count, 'cell')}"
    return RunSide(
        name=told,
        cells=view.known(),
        versions={each.planned.id: _versions(each) for each in view.environments},
        plan=view.run.plan,
        record=_record(view, runs),
    )


def _versions(view: EnvironmentView) -> Mapping[str, str]:
    """Return the packages of an environment: of one in which no process said which they are, those of its lock."""
    if view.result is None:
        return {}
    return view.result.versions or _locked(view.result.lock)


def _locked(lock: str) -> dict[str, str]:
    return {entry.name: entry.version for entry in entries(lock) if entry.version is not None}


def _record(view: ReportView, runs: Runs) -> RunRecord:
    with runs.glance(view.run.id) as store:
        fingerprints = {block: mark for block, (mark, _) in store.blocks().items()}
    environments = {each.planned.id: each.result for each in view.environments if each.result is not None}
    overlays: dict[tuple[str, str], Mapping[str, str]] = {}
    made: dict[tuple[str, str], str] = {}
    for block in view.blocks:
        result = environments.get(block.environment.id)
        if result is not None:
            added = [each for each in result.overlays if each.name in block.lane.overlays]
            place = (block.environment.id, block.lane.name)
            overlays[place] = {name: version for each in added for name, version in _locked(each.lock).items()}
            made[place] = " ".join((result.fingerprint, *(each.fingerprint for each in added)))
    return RunRecord(
        run=view.run.id,
        origins=dict(_origins(view, runs)),
        plan_hash=view.run.plan_hash,
        carried=dict(_carried(view)),
        fingerprints=fingerprints,
        overlays=overlays,
        made=made,
    )


def _carried(view: ReportView) -> Iterator[tuple[CellCoordinates, str]]:
    """Yield the cells that another run attested, with its id."""
    for block in view.blocks:
        for pair, origin in zip(block.lane.cells, block.origins, strict=True):
            if origin is not None and origin != view.run.id:
                planned = block.environment
                where = (planned.platform, planned.python, planned.scrapy, planned.profile, block.lane.name)
                yield CellCoordinates(*where, *pair), origin


def _origins(view: ReportView, runs: Runs) -> Iterator[tuple[str, RunOrigin]]:
    """Yield what is known of the runs that attested cells; of those that are gone nothing is."""
    yield view.run.id, RunOrigin(inputs=view.run.inputs, host=view.run.host)
    for delivery in view.deliveries:
        yield delivery.run, RunOrigin(inputs=view.run.inputs, host=delivery.host)
    for run_id in view.earlier:
        with suppress(StorageError), runs.glance(run_id) as store:
            meta = store.meta()
            yield run_id, RunOrigin(inputs=meta.inputs, host=meta.host)
