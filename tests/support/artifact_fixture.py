"""Artifacts of machines that are not there: written by the harness's own writer, from results made for a real plan."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from harness.commands.merge import MergeOptions, merge_artifacts
from harness.model.ids import CellKey
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult, EnvironmentResult, Evidence, Facts
from harness.model.run_inputs import RunInputs
from harness.plan.plan_records import Plan
from harness.render.text.merge import MergeEnd
from harness.render.view import ReportView
from harness.shards.artifact_writer import artifact_path, write_artifact
from harness.shards.identity import AskedShard, ShardPart, identity_of, part_of
from harness.store.run_directory import Runs, now
from harness.store.run_store import RunStore
from harness.workspace import Filters, make_planned

ASKED = Filters(
    platform=("linux", "windows", "macos"),
    python=("3.11", "3.12"),
    scrapy=("2.13",),
    profile=("latest",),
    lane=("select", "asyncio-default"),
    scenario=("callback_fired", "callback_pending"),
)
"""Two environments on each of three platforms, with 28 cells each."""
EVERY_CELL = 168
LOCK = "scrapy==2.13.4 \\\n    --hash=sha256:00\ntwisted==25.5.0 \\\n    --hash=sha256:11\n"

Change = Callable[[CellResult], "CellResult | None"]


@cache
def part(number: int, of: int, filters: Filters = ASKED) -> ShardPart:
    """A shard of that plan."""
    asked = AskedShard(number=number, of=of, times=None)
    return part_of(make_planned(None, (), "full", filters), asked)


def deliver(
    folder: Path,
    what: ShardPart,
    *,
    machine: str = "",
    change: Change = lambda result: result,
    environment: Callable[[EnvironmentResult], EnvironmentResult | None] = lambda result: result,
    finished: bool = True,
    inputs: RunInputs | None = None,
) -> Path:
    """The artifact of a machine that has run a shard; `change` and `environment` say what else it found, or lost."""
    name = machine or f"machine{what.shard.number}"
    plan = what.planned.plan
    host = {"id": name, "platform": what.shard.platform, "system": f"System of {what.shard.platform}"}
    runs = Runs(folder / f"state-{name}")
    run = runs.create(
        plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host=host, command=(), inputs=inputs
    )
    with run as store:
        for result in filter(None, map(environment, environments(plan))):
            store.record_environment(result)
        store.record_cells(filter(None, map(change, results(plan))))
        if finished:
            store.finish(finished=now(), complete=True)
        path = artifact_path(folder / name, what)
        write_artifact(path, what, identity_of(what.whole), store)
    return path


def environments(plan: Plan) -> Iterator[EnvironmentResult]:
    """All of a plan's, usable."""
    for each in plan.environments:
        if each.status is None:
            yield EnvironmentResult(
                id=each.id, platform=each.platform, python=each.python, scrapy=each.scrapy, profile=each.profile,
                status=None, reason=None, fingerprint=f"made {each.id}", interpreter=f"CPython {each.python}.1",
                versions={"scrapy": each.scrapy, "twisted": "25.5.0"}, lock=LOCK,
            )  # fmt: skip


def results(plan: Plan) -> Iterator[CellResult]:
    """A result for every cell that can be run: awaiting directly fails, all else passes."""
    for each in plan.environments:
        for lane in each.lanes:
            for scenario, helper in lane.cells if lane.status is None else ():
                passed = helper != "direct"
                yield CellResult(
                    key=CellKey(each.id, lane.name, scenario, helper),
                    outcome=Outcome.PASS if passed else Outcome.FAIL,
                    mechanism=None if passed else "task-got-bad-yield",
                    detail=None if passed else "Task got bad yield",
                    close=Close.CLEAN,
                    facts=Facts(reactor=f"reactor.of.{lane.name}", loop=None, policy=None),
                    seconds=0.25,
                    isolated=False,
                    fingerprint=f"{each.id} {lane.name} {scenario}",
                    evidence=None if passed else Evidence(exception=f"Traceback of {helper}"),
                )


def merged(state: Path, *places: Path, filters: Filters = ASKED, shards: int | None = 3, **more: Any) -> MergeEnd:
    """Merge as the command does; reports are written only where `out` says so."""
    options = MergeOptions(
        places=places, plan="full", filters=filters, shards=shards, times=None, out=None, state=state,
        matrix=None, baselines=state / "baseline", scenarios=(), command=("merge",),
    )  # fmt: skip
    return merge_artifacts(replace(options, **more))


def seen(state: Path, run_id: str) -> dict[str, tuple[str, str | None, str | None]]:
    """Outcome, mechanism and detail of every cell of a run."""
    with RunStore(Runs(state).path(run_id)) as store:
        view = ReportView.of_store(store)
    found = {}
    for cell in view.cells():
        observation = cell.observation
        found[cell.key.id] = (observation.outcome.value, observation.mechanism, observation.detail)
    return found


def lines(path: Path) -> list[bytes]:
    """The lines of an artifact."""
    return gzip.decompress(path.read_bytes()).splitlines()


def rewrite(path: Path, content: list[bytes]) -> Path:
    """An artifact with other lines."""
    *before, end = content
    if b'"type":"end"' in end.replace(b" ", b""):
        # Whoever changes lines on purpose changes the digest, too.
        digest = hashlib.sha256(b"".join(line + b"\n" for line in before)).hexdigest()
        content = [*before, json.dumps({**json.loads(end), "digest": digest}, separators=(",", ":")).encode()]
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in content)))
    return path
