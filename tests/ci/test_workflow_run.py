"""The workflow `compat`, its shell steps as they are written, from the plan to the merged report, on new machines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.infra.platforms import current_platform
from harness.infra.resources import scenarios_dir
from harness.plan.plan_records import Plan
from harness.plan.planner import make_plan
from harness.plan.selection import Selection, Vocabulary
from harness.scenarios.catalogue import load_scenarios
from harness.scenarios.parse import HELPERS, NO_HELPER
from tests.support import live
from tests.support.fake_machines import ROOT, Machine, Spare
from tests.support.workflows import JobEnd, is_run, read_yaml, run_job

pytestmark = [
    pytest.mark.index,
    pytest.mark.python311,
    pytest.mark.python312,
    pytest.mark.timeout(1800),
    pytest.mark.posix("the bash of these steps for sure"),
]

WORKFLOW = read_yaml(ROOT / ".github" / "workflows" / "compat.yml")
SHARDS = 2
PYTHONS = ">=3.11,<=3.12"
"""Two environments of the smoke plan."""
INPUTS = {"plan": "smoke", "platforms": current_platform(), "shards": str(SHARDS), "python": PYTHONS}


def expected_plan() -> Plan:
    """The plan that all machines together are to run."""
    scenarios = {name: scenario.info for name, scenario in load_scenarios([scenarios_dir()]).items()}
    known = Vocabulary.of_matrix(live.matrix(), scenarios, (*HELPERS, NO_HELPER))
    selection = Selection.parse(known, python=[PYTHONS])
    return make_plan(
        live.matrix(), plan="smoke", platforms=(current_platform(),), scenarios=scenarios, selection=selection
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hired:
    """Machines as they are needed, and the artifacts of all."""

    folder: Path
    spare: Spare

    def run(self, job: str, name: str, artifacts: str = "artifacts", **contexts: Any) -> JobEnd:
        """Run a job on a new machine called `name`."""
        machine = Machine(folder=self.folder / name, spare=self.spare, artifacts=self.folder / artifacts)
        machine.share_uv(machine.workspace / ".cache" / "uv")
        known = {"github": github(machine), "inputs": dispatched(), "needs": {}, "matrix": {}, **contexts}
        return run_job(machine, WORKFLOW, job, known)

    def reports(self, name: str) -> Path:
        return self.folder / name / "work" / "build" / "reports"


def github(machine: Machine) -> Mapping[str, Any]:
    return {
        "workspace": str(machine.workspace),
        "event_name": "workflow_dispatch",
        "event": {"repository": {"default_branch": "main"}},
        "ref_name": "main",
        "run_id": "1",
    }


def dispatched(**others: Any) -> Mapping[str, Any]:
    """The inputs as somebody gave them, with the defaults of the rest."""
    asked, given = WORKFLOW["on"]["workflow_dispatch"]["inputs"], {**INPUTS, **others}
    assert given.keys() <= asked.keys()
    return {name: given.get(name, about.get("default")) for name, about in asked.items()}


@pytest.fixture(scope="module")
def hired(tmp_path_factory: pytest.TempPathFactory, spare: Spare) -> Hired:
    return Hired(folder=tmp_path_factory.mktemp("machines"), spare=spare)


@pytest.fixture(scope="module")
def planned(hired: Hired) -> list[Mapping[str, Any]]:
    """The shards, as the job that plans tells the others."""
    end = hired.run("plan", "planner")
    assert not end.failed, end.errors
    shards: list[Mapping[str, Any]] = json.loads(end.outputs["matrix"])["include"]
    return shards


@pytest.fixture(scope="module")
def measured(hired: Hired, planned: list[Mapping[str, Any]]) -> dict[str, JobEnd]:
    """Every shard, on a machine of its own."""
    return {shard["shard"]: hired.run("shard", shard["artifact"], matrix=shard) for shard in planned}


@pytest.fixture(scope="module")
def merged(hired: Hired, measured: dict[str, JobEnd]) -> JobEnd:
    return hired.run("merge", "merger")


def cells_of(reports: Path) -> dict[str, Mapping[str, Any]]:
    """The cells of `matrix.json`."""
    content = json.loads((reports / "matrix.json").read_text(encoding="utf-8"))
    return {name: {**content["shared"][cell["as"]], **cell} for name, cell in content["cells"].items()}


def test_the_plan_is_cut_into_as_many_shards_as_were_asked_for(planned: list[Mapping[str, Any]]) -> None:
    assert [shard["shard"] for shard in planned] == [f"{number}/{SHARDS}" for number in range(1, SHARDS + 1)]
    assert sum(shard["cells"] for shard in planned) == expected_plan().count
    assert all(shard["cells"] > 0 for shard in planned)
    assert {shard["platform"] for shard in planned} == {current_platform()}


def test_every_machine_hands_in_one_file(measured: dict[str, JobEnd], hired: Hired) -> None:
    assert [end.errors for end in measured.values() if end.failed] == []
    handed_in = sorted(
        path.relative_to(hired.folder / "artifacts") for path in hired.folder.glob("artifacts/shard-*/*")
    )
    names = [f"shard-{number}-of-{SHARDS}" for number in range(1, SHARDS + 1)]
    assert handed_in == [Path(name) / f"{name}.jsonl.gz" for name in names]


def test_machines_have_caches_and_state_of_their_own(measured: dict[str, JobEnd], hired: Hired) -> None:
    for number in range(1, SHARDS + 1):
        workspace = hired.folder / f"shard-{number}-of-{SHARDS}" / "work"
        assert any((workspace / ".cache" / "harness" / "envs").iterdir())
        assert (workspace / ".scrapy-compat").is_dir()


def test_what_is_kept_between_runs_is_there_to_be_kept(measured: dict[str, JobEnd], hired: Hired) -> None:
    kept = {Path(line).name for line in WORKFLOW["env"]["KEPT"].split() if line.startswith(".cache/harness/")}
    made = {path.name for path in hired.folder.glob("shard-*/work/.cache/harness/*") if path.is_dir()}
    assert kept == {"locks", "repacked"}
    # Wheels are repacked only where one needs it.
    assert kept - made <= {"repacked"}


def test_the_merged_report_has_every_cell_of_the_plan(merged: JobEnd, hired: Hired) -> None:
    assert not merged.failed, merged.errors
    cells = cells_of(hired.reports("merger"))
    assert set(cells) == {cell.id for cell in expected_plan().keys()}
    outcomes = {cell["outcome"] for cell in cells.values()}
    assert "pass" in outcomes
    assert not outcomes & {"missing", "conflict", "not-run"}


def test_reports_the_summary_and_annotations_come_of_the_merged_run(merged: JobEnd, hired: Hired) -> None:
    kept = {path.name for path in (hired.folder / "artifacts" / "reports").iterdir()}
    assert {"index.html", "matrix.md", "matrix.json", "compat.json", "junit.xml", "ctrf.json"} <= kept
    assert re.search(rf"{expected_plan().count:,} cells", merged.summary)
    errors = [line for line in merged.told["Tell"].splitlines() if line.startswith("::error ")]
    cells = cells_of(hired.reports("merger")).values()
    assert len(errors) == sum(cell["verdict"] == "unexpected" for cell in cells)


def test_pages_get_nothing_that_nobody_asked_to_publish(merged: JobEnd, hired: Hired) -> None:
    assert not (hired.folder / "artifacts" / "github-pages").exists()
    needs = {"merge": {"outputs": merged.outputs}}
    assert not is_run(WORKFLOW, "pages", {"needs": needs}, failed=False)


def test_what_a_lost_machine_owed_is_missing_in_a_report_that_is_published_all_the_same(
    merged: JobEnd, planned: list[Mapping[str, Any]], hired: Hired
) -> None:
    lost, *delivered = planned
    (hired.folder / "fewer").mkdir()
    for shard in delivered:
        (hired.folder / "fewer" / shard["artifact"]).symlink_to(hired.folder / "artifacts" / shard["artifact"])
    needs = {"plan": {"result": "success"}, "shard": {"result": "failure"}}
    assert is_run(WORKFLOW, "merge", {"needs": needs}, failed=True)
    assert not is_run(WORKFLOW, "merge", {"needs": {"plan": {"result": "failure"}}}, failed=True)
    end = hired.run("merge", "merger of fewer", artifacts="fewer", needs=needs, inputs=dispatched(publish=True))
    assert not end.failed, end.errors
    missing = [cell for cell in cells_of(hired.reports("merger of fewer")).values() if cell["outcome"] == "missing"]
    assert len(missing) == lost["cells"]
    assert all(lost["shard"] in cell["detail"] for cell in missing)
    assert (hired.folder / "fewer" / "github-pages" / "index.html").is_file()
    assert is_run(WORKFLOW, "pages", {"needs": {"merge": {"outputs": end.outputs}}}, failed=True)
