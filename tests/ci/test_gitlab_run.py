"""The pipeline for GitLab in `docs/ci.md`, and the child that it plans: their scripts as they are written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.infra.platforms import current_platform
from harness.infra.process.supervisor import Completed
from tests.support.examples import ci_examples
from tests.support.fake_machines import Machine, Spare, checkout
from tests.support.yaml_checks import assert_clean, by_schema

pytestmark = [
    pytest.mark.index,
    pytest.mark.python311,
    pytest.mark.python312,
    pytest.mark.timeout(1800),
    pytest.mark.posix("the bash of these steps for sure"),
]

NARROW = "--plan smoke --python '>=3.11,<=3.12'"
"""Two environments of those that the example asks for."""


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def example() -> Any:
    """The pipeline of the page, as small as a test wants it."""
    (text,) = (text for text in ci_examples("yaml") if "runs-on:" not in text)
    assert "--plan smoke --platform linux --shards 3" in text
    narrowed = text.replace("--plan smoke", NARROW).replace("--platform linux", f"--platform {current_platform()}")
    return read(narrowed.replace("--shards 3", "--shards 2"))


class Runner:
    """Runs jobs, each on a machine of its own, and keeps what they deliver."""

    def __init__(self, folder: Path, spare: Spare) -> None:
        self.folder, self.spare = folder, spare
        self.ended: dict[str, Completed] = {}

    def run(self, name: str, job: Mapping[str, Any], before: list[str], variables: Mapping[str, str]) -> None:
        machine = Machine(folder=self.folder / name, spare=self.spare, artifacts=self.folder / "artifacts")
        checkout(machine, {})
        shutil.copytree(machine.artifacts, machine.workspace, dirs_exist_ok=True)
        machine.share_uv(machine.workspace / ".cache" / "uv")
        environ = {key: Template(text).substitute(CI_PROJECT_DIR=machine.workspace) for key, text in variables.items()}
        script = [*job.get("before_script", before), *job["script"]]
        self.ended[name] = machine.run_script("\n".join(script), environ)
        for path in job["artifacts"]["paths"]:
            source, target = machine.workspace / path, machine.artifacts / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory, spare: Spare) -> Runner:
    return Runner(tmp_path_factory.mktemp("gitlab"), spare)


@pytest.fixture(scope="module")
def child(runner: Runner) -> Any:
    """The pipeline that the job `plan` writes."""
    pipeline = example()
    runner.run("plan", pipeline["plan"], [], pipeline["variables"])
    assert runner.ended["plan"].returncode == 0, runner.ended["plan"].stderr
    (include,) = pipeline["measure"]["trigger"]["include"]
    assert include["job"] == "plan"
    written = runner.folder / "artifacts" / include["artifact"]
    assert_clean(by_schema("gitlab", written))
    return read(written.read_text(encoding="utf-8"))


def test_the_child_has_a_job_for_each_shard_and_one_that_merges(child: Any) -> None:
    jobs = {name: each["stage"] for name, each in child.items() if isinstance(each, dict) and "stage" in each}
    assert jobs == {"shard-1-of-2": "measure", "shard-2-of-2": "measure", "merge": "merge"}
    assert child["stages"] == ["measure", "merge"]


def test_its_scripts_measure_and_merge_the_whole_plan(child: Any, runner: Runner) -> None:
    # What the parent says of a variable is stronger than what the child says.
    variables = {**child["variables"], **example()["variables"]}
    for name in ("shard-1-of-2", "shard-2-of-2", "merge"):
        runner.run(name, child[name], child["default"]["before_script"], variables)
        assert runner.ended[name].returncode == 0, runner.ended[name].stderr
    reports = runner.folder / "artifacts" / "reports"
    assert {"index.html", "matrix.md"} <= {path.name for path in reports.iterdir()}
    content = json.loads((reports / "matrix.json").read_text(encoding="utf-8"))
    assert {name.split("-")[1] for name in content["cells"]} == {"py3.11", "py3.12"}
    assert {"pass", "fail"} <= {cell["outcome"] for cell in content["shared"]}
    assert not {"missing", "conflict"} & {cell["outcome"] for cell in content["shared"]}
