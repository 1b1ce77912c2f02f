"""The workflows and the action of this repository, read; and a machine that runs their shell steps as they are written.

The actions of others that a job uses are stood in for by what they do as far as it concerns the steps: files copied
into a folder and out of it. One that is not known here is an error.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from harness.process.running import Completed, clean_environment, run
from tests.expressions import EXPRESSION, fill

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""What `shell: bash` stands for."""
_STATUS = ("always()", "cancelled()", "failure()", "success()")


def read_yaml(path: Path) -> Any:
    """A file as YAML 1.2, in which `on` is a word like others."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def steps_of(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every step of a workflow or an action."""
    for job in content["jobs"].values() if "jobs" in content else [content["runs"]]:
        yield from job["steps"]


@dataclass(slots=True, kw_only=True)
class Machine:
    """A machine that GitHub would have lent: a workspace, a folder for what passes, and a Python that comes first."""

    folder: Path
    python: Path
    """An interpreter of its own."""
    artifacts: Path
    """Where artifacts are kept, for all machines."""
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.folder / "work"

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    def variables(self) -> dict[str, str]:
        """The environment that a step begins with."""
        first = clean_environment(
            {"GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.temp), "CI": "true", **self.environ},
            network=True,
        )
        return {**first, "PATH": os.pathsep.join([str(self.python.parent), first.get("PATH", os.defpath)])}


@dataclass(slots=True, kw_only=True)
class JobEnd:
    """What a job came to."""

    outputs: Mapping[str, Any] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """Exit codes of the shell steps that ran, by name or id."""
    told: dict[str, str] = field(default_factory=dict)
    """What they wrote on standard output."""
    errors: str = ""
    summary: str = ""

    @property
    def failed(self) -> bool:
        return any(self.ended.values())


def run_steps(
    machine: Machine,
    steps: list[Mapping[str, Any]],
    contexts: Mapping[str, Any],
    *,
    variables: Mapping[str, Any],
    outputs: Mapping[str, str],
    deadline: float = 600,
) -> JobEnd:
    """Run `steps` in their order, as a job or an action has them, until one of them fails and those that run then, too.

    `variables` are those of the workflow and the job, `outputs` what the job or the action gives, both as written.
    """
    end, done = JobEnd(), dict[str, Any]()
    machine.workspace.mkdir(parents=True, exist_ok=True)
    machine.temp.mkdir(exist_ok=True)
    known: dict[str, Any] = {**contexts, "steps": done, "runner": {"temp": str(machine.temp), "os": "Linux"}}
    functions = {
        "always": lambda: True,
        "cancelled": lambda: False,
        "failure": lambda: end.failed,
        "success": lambda: not end.failed,
    }

    def filled(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: fill(str(value), known, functions) for name, value in values.items()}

    known["env"] = filled(variables)
    for number, step in enumerate(steps):
        condition = str(step.get("if", "success()"))
        if not any(status in condition for status in _STATUS):
            condition = f"${{{{ success() && ({EXPRESSION.sub(lambda found: found[1], condition)}) }}}}"
        if not fill(condition if EXPRESSION.search(condition) else f"${{{{ {condition} }}}}", known, functions):
            continue
        name = step.get("id") or step.get("name") or f"step {number}"
        if "uses" in step:
            action = step["uses"].partition("@")[0]
            STAND_INS[action](machine, filled(step.get("with", {})))
            done[name] = {"outputs": _OUTPUTS.get(action, lambda _machine: {})(machine)}
            continue
        environ = {key: _text(value) for key, value in (known["env"] | filled(step.get("env", {}))).items()}
        ran, found, summary = _run_shell(machine, step["run"], environ, deadline)
        end.ended[name], end.told[name] = ran.returncode or 0, ran.stdout
        end.errors += ran.stderr
        end.summary += summary
        done[name] = {"outputs": found, "outcome": "failure" if ran.returncode else "success"}
    end.outputs = filled(outputs)
    return end


def run_job(machine: Machine, workflow: Mapping[str, Any], name: str, contexts: Mapping[str, Any]) -> JobEnd:
    """Run one job of a workflow."""
    job = workflow["jobs"][name]
    assert workflow["defaults"]["run"]["shell"] == "bash"
    return run_steps(
        machine,
        job["steps"],
        contexts,
        variables={**workflow.get("env", {}), **job.get("env", {})},
        outputs=job.get("outputs", {}),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _run_shell(
    machine: Machine, script: str, environ: Mapping[str, str], deadline: float
) -> tuple[Completed, dict[str, str], str]:
    """How a script ended, the outputs it wrote, and its part of the summary."""
    assert EXPRESSION.search(script) is None, "what stands in a script is code"
    output, summary, file = (machine.temp / name for name in ("output", "summary", "script.sh"))
    output.write_text("")
    summary.write_text("")
    file.write_text(script, encoding="utf-8")
    told = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    ran = run(
        [*BASH, file],
        cwd=machine.workspace,
        env={**machine.variables(), **environ, **told},
        deadline=deadline,
        cap=4_000_000,
    )
    assert not ran.timed_out, script
    lines = output.read_text(encoding="utf-8").splitlines()
    return ran, dict(line.split("=", 1) for line in lines), summary.read_text(encoding="utf-8")


def checkout(machine: Machine, _given: Mapping[str, Any]) -> None:
    """All files of the repository, as they are now."""
    listed = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        env=clean_environment(),
        deadline=60,
        cap=4_000_000,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            target = machine.workspace / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


def upload(machine: Machine, given: Mapping[str, Any]) -> None:
    """Keep the files of a folder as an artifact."""
    files = machine.workspace / given["path"]
    assert given["if-no-files-found"] == "error"
    assert any(files.iterdir()), f"nothing is in {given['path']}"
    shutil.copytree(files, machine.artifacts / given["name"])


def download(machine: Machine, given: Mapping[str, Any]) -> None:
    """Put the files of all artifacts that the pattern fits into one folder."""
    assert given["merge-multiple"] == "true"
    for artifact in machine.artifacts.iterdir():
        if fnmatch.fnmatchcase(artifact.name, given["pattern"]):
            shutil.copytree(artifact, machine.workspace / given["path"], dirs_exist_ok=True)


def nothing(_machine: Machine, _given: Mapping[str, Any]) -> None:
    """Of no concern to the steps: machines are new, and what was kept of others is only quicker."""


STAND_INS: Mapping[str, Callable[[Machine, Mapping[str, Any]], None]] = {
    "actions/cache": nothing,
    "actions/cache/restore": nothing,
    "actions/cache/save": nothing,
    "actions/checkout": checkout,
    "actions/download-artifact": download,
    "actions/setup-python": nothing,
    "actions/upload-artifact": upload,
}

_OUTPUTS: Mapping[str, Callable[[Machine], dict[str, str]]] = {
    "actions/setup-python": lambda machine: {"python-path": str(machine.python)},
}
