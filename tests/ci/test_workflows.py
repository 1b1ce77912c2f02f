"""The workflows, the action and the examples of `docs/ci.md` are such files as GitHub and GitLab take, and safe ones.

What checks them comes with the tests and needs no network; whatever it does not find fails here, not the check itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.infra.platforms import PLATFORMS
from harness.shards.ci import GITHUB
from tests.support.examples import CI_PAGE, ci_examples, with_commit
from tests.support.expressions import EXPRESSION
from tests.support.fake_machines import ROOT, STAND_INS
from tests.support.workflows import ACTION, WORKFLOWS, read_yaml, steps_of
from tests.support.yaml_checks import assert_clean, by_rules, by_schema, by_zizmor

FILES = [*WORKFLOWS, ACTION]


PIN = re.compile(r"uses: ([\w./-]+)@(\S+)(?: # (\S+))?")


@pytest.fixture
def examples(tmp_path: Path) -> Mapping[str, list[Path]]:
    """The YAML of `docs/ci.md` as files, by kind; with a commit where the page has a word for one."""
    found: dict[str, list[Path]] = {"workflow": [], "gitlab": []}
    for number, text in enumerate(ci_examples("yaml")):
        kind = "workflow" if "runs-on:" in text else "gitlab"
        path = tmp_path / ".github" / "workflows" / f"example{number}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(with_commit(text), encoding="utf-8")
        found[kind].append(path)
    return found


@pytest.mark.slow
def test_files_are_what_github_takes() -> None:
    assert {path.name for path in WORKFLOWS} >= {"compat.yml", "tests.yml"}
    assert_clean(by_schema("workflow", *WORKFLOWS))
    assert_clean(by_schema("action", ACTION))


def test_expressions_scripts_and_dependencies_of_jobs_are_sound() -> None:
    assert_clean(by_rules(*FILES))


def test_zizmor_finds_nothing_to_object_to() -> None:
    assert_clean(by_zizmor(*FILES))


@pytest.mark.slow
def test_examples_are_what_github_and_gitlab_take(examples: Mapping[str, list[Path]]) -> None:
    assert (len(examples["workflow"]), len(examples["gitlab"])) == (3, 1)
    assert_clean(by_schema("workflow", *examples["workflow"]))
    assert_clean(by_schema("gitlab", *examples["gitlab"]))
    assert_clean(by_rules(*examples["workflow"], profile="correctness"))
    assert_clean(by_zizmor(*examples["workflow"], persona="regular"))


BAD = """\
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    needs: two
    steps:
      - uses: actions/checkout@v5
      - run: cp $FROM ${{ github.event.head_commit.message }}
        colour: green
"""


@pytest.mark.slow
def test_checks_object_to_what_is_wrong(tmp_path: Path) -> None:
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(BAD, encoding="utf-8")
    told = by_schema("workflow", bad)
    assert (told.returncode, "'colour' was unexpected" in told.stdout) == (1, True), told.stdout
    told = by_rules(bad)
    assert told.returncode == 1
    rules = set(re.findall(r"\[([a-z-]+)\]$", told.stdout, re.MULTILINE))
    assert {"undefined-job-needs", "shellcheck", "template-injection", "missing-permissions"} <= rules
    told = by_zizmor(bad)
    assert told.returncode not in {0, 1, 2}
    for finding in ("unpinned-uses", "template-injection", "artipacked", "excessive-permissions"):
        assert f"[{finding}]" in told.stdout
    child = tmp_path / "child.yml"
    child.write_text('{"job": {"script": [], "stage": 1}}', encoding="utf-8")
    assert by_schema("gitlab", child).returncode == 1
    action = tmp_path / "action.yml"
    action.write_text(ACTION.read_text(encoding="utf-8").replace("using: composite", "using: hope"), encoding="utf-8")
    assert by_schema("action", action).returncode == 1


def test_everything_from_elsewhere_is_pinned_by_its_hash_with_its_version_beside_it() -> None:
    texts = [path.read_text(encoding="utf-8") for path in [*FILES, CI_PAGE]]
    pins = [found for text in texts for found in PIN.findall(text) if not found[0].startswith("OWNER/")]
    assert len(pins) == sum(text.count("uses: ") - text.count("uses: OWNER/") for text in texts)
    assert all(re.fullmatch(r"[0-9a-f]{40}", pin) and re.fullmatch(r"v\d+\.\d+\.\d+", at) for _, pin, at in pins)
    # `cache/restore` is of the same repository as `cache`.
    pinned = {("/".join(action.split("/")[:2]), pin, version) for action, pin, version in pins}
    assert len(pinned) == len({action for action, _, _ in pinned})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_only_what_it_says(path: Path) -> None:
    workflow = read_yaml(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writes = {scope for scope, level in job["permissions"].items() if level != "read"}
        assert writes == ({"pages", "id-token"} if name == "pages" else set()), name
        assert job["timeout-minutes"] > 0
    assert "pull_request_target" not in workflow["on"]
    assert "secrets" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_script_is_put_together_from_what_somebody_else_wrote(path: Path) -> None:
    scripts = [step["run"] for step in steps_of(read_yaml(path)) if "run" in step]
    assert scripts
    assert [script for script in scripts if EXPRESSION.search(script)] == []


def test_nothing_of_a_checkout_keeps_a_token() -> None:
    steps = [step for path in WORKFLOWS for step in steps_of(read_yaml(path))]
    checkouts = [step["with"] for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(given["persist-credentials"] is False for given in checkouts)


def test_shards_have_a_machine_for_every_platform_and_lose_nothing_when_one_fails() -> None:
    workflow = read_yaml(ROOT / ".github" / "workflows" / "compat.yml")
    assert set(GITHUB) == set(PLATFORMS)
    jobs: Mapping[str, Any] = workflow["jobs"]
    assert jobs["shard"]["strategy"]["fail-fast"] is False
    deliver = next(step for step in jobs["shard"]["steps"] if "upload-artifact@" in step.get("uses", ""))
    assert deliver["if"] == "${{ always() }}"
    assert {"schedule", "workflow_dispatch", "pull_request", "push"} == set(workflow["on"])
    uses = {step["uses"].partition("@")[0] for step in steps_of(workflow) if "uses" in step}
    assert uses - set(STAND_INS) == {"actions/configure-pages", "actions/deploy-pages"}


def test_the_tests_run_on_three_systems() -> None:
    job = read_yaml(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["tests"]
    assert job["strategy"]["fail-fast"] is False
    systems = {entry["os"] for entry in job["strategy"]["matrix"]["include"]}
    assert systems == {"ubuntu-latest", "macos-latest", "windows-latest"}


def test_a_plugin_needs_ten_lines_and_inputs_that_there_are() -> None:
    first = ci_examples("yaml")[0]
    assert len(first.splitlines()) <= 10
    page = CI_PAGE.read_text(encoding="utf-8")
    action = read_yaml(ACTION)
    table = page[: page.index("## How a result is read")]
    shown = dict(re.findall(r"(?m)^\| `([\w-]+)` \| (?:`([^`]+)`)?", table))
    assert shown == {name: about["default"] for name, about in action["inputs"].items()}
    assert all(f"`{output}`" in page for output in action["outputs"])
    assert {f"`{job}`" for job in read_yaml(WORKFLOWS[0])["jobs"]} <= set(re.findall(r"(?m)^\| (`\w+`) \|", page))
