"""The story of a merge: find artifacts, check all of them, join them into a run, judge and render it.

It needs no interpreter and no environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import msgspec

from harness.commands.run_end import end_of
from harness.commands.run_options import StoredRunOptions
from harness.infra.errors import ConfigurationError, StorageError
from harness.infra.resources import REPORTS
from harness.infra.text import plural
from harness.judge.verdict import Judge
from harness.model.run_inputs import RunInputs
from harness.plan.plan_records import Plan
from harness.plan.planner import NothingToAskError
from harness.render.text.merge import MergeEnd
from harness.render.text.run import RunEnd
from harness.shards.artifact_reader import Artifact
from harness.shards.assignment import assign
from harness.shards.expectation import AskedPlan, MergeExpectation, adapted_to, asked_by, found_files
from harness.shards.identity import identity_of, named_times
from harness.shards.merger import Checked, checked, in_order, join
from harness.store.merged import Merged
from harness.store.plan_name import stored_name
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.workspace import Filters, PlannedRun, Workspace, load_workspace

MACHINE = "merged"
"""What stands for the id of the machine in a merged run: such runs are compared with one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOptions(StoredRunOptions):
    """What `scrapy-compat merge` was asked for."""

    places: tuple[Path, ...]
    """Artifacts, and folders of them."""
    plan: str | None
    """None: what the artifacts say that they are of."""
    filters: Filters
    """Looked at where there is a `plan`."""
    shards: int | None
    """The same."""
    times: Path | None


def merge_artifacts(options: MergeOptions) -> MergeEnd:
    """Join artifacts into a run of the state, and write its reports; a merge that is there already is left as it is.

    Raises `ConfigurationError` where an artifact is not what is expected, `StorageError`. Then nothing is stored.
    """
    artifacts = [Artifact(path) for path in found_files(options.places)]
    asked = AskedPlan(plan=options.plan or "", filters=options.filters, shards=options.shards)
    loaded = load_workspace(options.matrix, options.scenarios)
    if options.plan is not None:
        # What is split is literal.
        available = {} if asked.shards is not None else adapted_to(artifacts)
        planned = loaded.planned(asked.plan, asked.filters, available)
    else:
        asked = asked_by(artifacts)
        planned = _as_artifacts_say(loaded, asked, artifacts)
    judge = planned.loaded.judge(options.baselines)
    split = None if asked.shards is None else assign(planned.plan, asked.shards, named_times(options.times))
    expected = MergeExpectation(terms=identity_of(planned), assignment=split)
    found = in_order(checked(artifact, expected) for artifact in artifacts)
    narrowed = replace(asked.filters, platform=()).any
    end = _stored(options, expected, found, judge, narrowed=narrowed)
    return MergeEnd(
        end=end,
        artifacts=tuple(each.artifact.path for each in found),
        owed=tuple(_owed(expected, found)),
    )


def _as_artifacts_say(loaded: Workspace, asked: AskedPlan, artifacts: Sequence[Artifact]) -> PlannedRun:
    available = adapted_to(artifacts)
    try:
        return loaded.planned(asked.plan, asked.filters, available)
    except (ConfigurationError, NothingToAskError) as error:
        raise artifacts[0].refused(
            f"what it says that it is of cannot be asked for here: {error.value} {error.cause}",
            "check out the same version on every machine, or say with --plan what was expected",
        ) from error


def _stored(
    options: MergeOptions, expected: MergeExpectation, found: list[Checked], judge: Judge, *, narrowed: bool
) -> RunEnd:
    runs = Runs(options.state)
    merged = Merged(
        key=expected.key([each.digest for each in found]), deliveries=tuple(each.delivery for each in found)
    )
    out = options.out or (None if narrowed else REPORTS)
    known = _known(runs, merged.key)
    if known is not None:
        return end_of(known, runs, judge, out, fresh=False, executed=0)
    plan = expected.plan
    store = runs.create(
        plan=stored_name(plan, narrowed=narrowed),
        plan_hash=plan.hash,
        plan_json=plan.to_json(),
        host=_host(plan, merged),
        command=options.command,
        merged=merged,
        inputs=_common_inputs(found),
    )
    try:
        join(store, found, expected)
    except BaseException:
        store.close()
        runs.remove(store.id)
        raise
    return end_of(store, runs, judge, out, fresh=True, executed=0)


def _common_inputs(found: Sequence[Checked]) -> RunInputs | None:
    """Return what the cells of all artifacts depend on; None where machines differ, or one does not say."""
    said = [each.artifact.header.inputs for each in found]
    first = said[0] if said else None
    if first is None or any(each != first for each in said):
        return None
    return RunInputs(**msgspec.structs.asdict(first))


def _known(runs: Runs, key: str) -> RunStore | None:
    """Return the run that the same merge has made before."""
    for run_id in reversed(runs.ids()):
        # A damaged one is mended by the next run; here it is no merge that could be gone on with.
        with suppress(StorageError):
            store = runs.open(run_id)
            meta = store.meta()
            if meta.merged is not None and meta.merged.key == key and meta.finished is not None:
                return store
            store.close()
    return None


def _host(plan: Plan, merged: Merged) -> dict[str, str]:
    machines = {each.host.get("id", each.run) for each in merged.deliveries}
    platforms = dict.fromkeys(each.platform for each in plan.environments)
    return {
        "id": MACHINE,
        "platform": ", ".join(platforms),
        "system": plural(len(machines), "machine"),
        "harness": version("scrapy-compat-harness"),
    }


def _owed(expected: MergeExpectation, found: list[Checked]) -> Iterator[str]:
    """Return the shards of which nothing was delivered."""
    delivered = {name for each in found for name in each.scope.environments}
    for shard in () if expected.assignment is None else expected.assignment.shards:
        if not delivered.intersection(shard.environments):
            yield (
                f"shard {shard.name} ({shard.platform}) delivered no artifact: {shard.cells} cells of "
                f"{len(shard.environments)} environments"
            )
