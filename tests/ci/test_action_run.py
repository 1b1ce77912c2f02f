"""The action in a plugin's repository, with the inputs of `docs/ci.md`: its shell steps as they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support import live
from tests.support.examples import ci_examples
from tests.support.fake_machines import ROOT, Machine, Spare
from tests.support.made_targets import make_target
from tests.support.workflows import JobEnd, run_action

pytestmark = [pytest.mark.index, pytest.mark.timeout(1800), pytest.mark.posix("the bash of these steps for sure")]

GITHUB = {"job": "compat", "run_id": "1", "event_name": "pull_request"}
NARROW = {"python": live.HERE, "scrapy": "2.19.0", "lane": "default,asyncio-default"}
"""One environment of all those that the example asks for."""
SCENARIO = '''"""Does the plugin give what it promises?"""

from kit.scenario import Scenario


class MypluginAnswers(Scenario):
    helpers = ()
    expected = 42

    async def parse(self, response):
        self.cell.entered()
        return self.arrived({value})
'''


class Repository:
    """A plugin's repository on a machine of GitHub's."""

    def __init__(self, folder: Path, spare: Spare) -> None:
        environ = {"GITHUB_ACTION_PATH": str(ROOT)}
        self.machine = Machine(folder=folder, spare=spare, artifacts=folder / "artifacts", environ=environ)
        self.machine.share_uv(self.machine.temp / "scrapy-compat" / "uv")
        (self.machine.workspace / "tests" / "scenarios").mkdir(parents=True)

    def promises(self, value: int) -> None:
        file = self.machine.workspace / "tests" / "scenarios" / "myplugin_answers.py"
        file.write_text(SCENARIO.replace("{value}", str(value)), encoding="utf-8")

    def run(self, **inputs: str) -> JobEnd:
        """Run the action with the inputs of the page, narrowed."""
        (job,) = YAML(typ="safe", pure=True).load(ci_examples("yaml")[0])["jobs"].values()
        given: Mapping[str, Any] = job["steps"][-1]["with"]
        assert {"scenarios": "tests/scenarios", "scenario": "myplugin_*"}.items() <= given.items()
        return run_action(self.machine, {**given, **NARROW, **inputs}, {"github": GITHUB})


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, spare: Spare) -> Repository:
    return Repository(tmp_path_factory.mktemp("plugin"), spare)


@pytest.fixture(scope="module")
def first(repository: Repository) -> JobEnd:
    """A run of a plugin that does what it promises, in a repository where nothing is accepted."""
    repository.promises(42)
    return repository.run()


def test_a_plugin_that_works_is_green_and_its_reports_are_where_the_output_says(
    first: JobEnd, repository: Repository
) -> None:
    assert not first.failed, first.errors
    assert first.outputs["exit-code"] == "0"
    assert json.loads(first.outputs["outcomes"]) == {"pass": 2}
    assert json.loads(first.outputs["verdicts"]) == {"expected": 0, "unexpected": 0, "unclaimed": 2}
    names = {path.name for path in (repository.machine.workspace / first.outputs["report"]).iterdir()}
    assert {"index.html", "matrix.md", "matrix.json", "junit.xml", "ctrf.json"} <= names


def test_the_summary_tells_of_the_run_and_nothing_is_annotated(first: JobEnd) -> None:
    assert "## Scrapy compatibility" in first.summary
    assert "2 cells" in first.summary
    assert "::error" not in first.told["Tell"]


def test_the_repository_holds_nothing_new_but_the_reports(first: JobEnd, repository: Repository) -> None:
    assert {path.name for path in repository.machine.workspace.iterdir()} == {"tests", first.outputs["report"]}


def test_what_breaks_after_it_was_accepted_is_red_and_annotated(first: JobEnd, repository: Repository) -> None:
    accept = '"$RUNNER_TEMP"/scrapy-compat/venv/bin/scrapy-compat baseline accept --scenarios tests/scenarios'
    (state,) = (repository.machine.temp / "scrapy-compat").glob("state.*")
    accepted = repository.machine.run_script(f"{accept} --state {state}", {})
    assert accepted.returncode == 0, accepted.stderr
    repository.promises(41)
    end = repository.run()
    assert end.failed
    assert end.outputs["exit-code"] == "4"
    assert json.loads(end.outputs["verdicts"])["unexpected"] == 2
    errors = [line for line in end.told["Tell"].splitlines() if line.startswith("::error ")]
    assert len(errors) == 2
    assert all("myplugin_answers" in line for line in errors)
    assert "unexpected" in end.summary


def test_inputs_that_mean_nothing_end_the_action_before_it_reports(first: JobEnd, repository: Repository) -> None:
    end = repository.run(lane="no-such-lane")
    assert end.outputs["exit-code"] == "2"
    assert "no-such-lane" in end.errors
    assert "Tell" not in end.ended
    assert not end.outputs["verdicts"]


def test_a_project_is_tried_in_place_of_scenarios_and_is_red_where_it_fails_with_what_it_declares(
    tmp_path: Path, spare: Spare
) -> None:
    repository = Repository(tmp_path, spare)
    project = repository.machine.workspace
    make_target(project, {"tests/test_it.py": "def test_it():\n    pass\n"})
    given = {**NARROW, "lane": "default", "target": "."}
    end = run_action(repository.machine, given, {"github": GITHUB})
    assert not end.failed, end.errors
    assert end.outputs["exit-code"] == "0"
    assert end.summary.startswith("# made-plugin 1.2.3, content ")
    assert {path.name for path in (project / end.outputs["report"]).iterdir()} == {
        "index.html",
        "report.md",
        "report.json",
    }
    (project / "tests" / "test_it.py").write_text(
        "import scrapy\n\ndef test_it():\n    assert scrapy.version_info < (2, 19)\n\ndef test_other():\n    pass\n"
    )
    narrow = {**given, "scrapy": "2.18,2.19"}
    end = run_action(repository.machine, narrow, {"github": GITHUB})
    assert end.outputs["exit-code"] == "4", end.errors
    assert "Scrapy &gt;=2.6" in end.summary
