"""The workflows and the action of this repository, read, and their shell steps run as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from harness.infra.process.supervisor import Completed
from tests.support.expressions import EXPRESSION, Functions, fill, shown
from tests.support.fake_machines import ROOT, STAND_INS, Machine

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
_STATUS = ("always()", "cancelled()", "failure()", "success()")


def read_yaml(path: Path) -> Any:
    """A file as YAML 1.2, in which `on` is a word like others."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def steps_of(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every step of a workflow or an action."""
    for job in content["jobs"].values() if "jobs" in content else [content["runs"]]:
        yield from job["steps"]


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


def _functions(*, failed: bool) -> Functions:
    """What conditions ask; nobody cancels anything here."""
    return {
        "always": lambda: True,
        "cancelled": lambda: False,
        "failure": lambda: failed,
        "success": lambda: not failed,
    }


@dataclass(slots=True, kw_only=True)
class _Running:
    """A job, or an action in one, while its steps are run."""

    machine: Machine
    contexts: dict[str, Any]
    end: JobEnd = field(default_factory=JobEnd)

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.value(each if isinstance(each, str) else shown(each)) for name, each in values.items()}

    def value(self, text: str) -> Any:
        return fill(text, self.contexts, _functions(failed=self.end.failed))

    def has_turn(self, step: Mapping[str, Any]) -> bool:
        """Whether a step is run: what has failed before counts unless its condition asks itself."""
        condition = EXPRESSION.sub(lambda found: found[1], str(step.get("if", "success()")))
        if not any(status in condition for status in _STATUS):
            condition = f"success() && ({condition})"
        return bool(self.value(f"${{{{ {condition} }}}}"))

    def run_step(self, name: str, step: Mapping[str, Any]) -> dict[str, str]:
        """Run a step, and give its outputs."""
        if "uses" in step:
            return STAND_INS[step["uses"].partition("@")[0]](self.machine, self.filled(step.get("with", {}))) or {}
        environ = self.contexts["env"] | self.filled(step.get("env", {}))
        ran, outputs, summary = _run_shell(
            self.machine, step["run"], {key: shown(each) for key, each in environ.items()}
        )
        self.end.ended[name], self.end.told[name] = ran.returncode or 0, ran.stdout
        self.end.errors += ran.stderr
        self.end.summary += summary
        return outputs


def run_steps(
    machine: Machine,
    steps: Sequence[Mapping[str, Any]],
    contexts: Mapping[str, Any],
    *,
    variables: Mapping[str, Any],
    outputs: Mapping[str, str],
) -> JobEnd:
    """Run `steps` in their order, as a job or an action has them; after one has failed those that run then, too.

    `variables` are those of the workflow and the job, `outputs` what the job or the action gives, both as written.
    """
    done = dict[str, Any]()
    job = _Running(
        machine=machine, contexts={**contexts, "steps": done, "runner": {"temp": str(machine.temp), "os": "Linux"}}
    )
    job.contexts["env"] = job.filled(variables)
    for number, step in enumerate(steps):
        name = step.get("id") or step.get("name") or f"step {number}"
        if job.has_turn(step):
            done[name] = {"outputs": job.run_step(name, step)}
    job.end.outputs = job.filled(outputs)
    return job.end


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


def is_run(workflow: Mapping[str, Any], name: str, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """Whether a job is run once those that it needs have ended, one of them perhaps having `failed`."""
    return bool(fill(workflow["jobs"][name]["if"], contexts, _functions(failed=failed)))


def run_action(machine: Machine, given: Mapping[str, str], contexts: Mapping[str, Any]) -> JobEnd:
    """Run the steps of the action of this repository with the inputs `given`."""
    action = read_yaml(ACTION)
    assert given.keys() <= action["inputs"].keys()
    assert all(step["shell"] == "bash" for step in action["runs"]["steps"] if "run" in step)
    inputs = {name: given.get(name, about["default"]) for name, about in action["inputs"].items()}
    outputs = {name: about["value"] for name, about in action["outputs"].items()}
    steps = action["runs"]["steps"]
    return run_steps(machine, steps, {**contexts, "inputs": inputs}, variables={}, outputs=outputs)


def _run_shell(machine: Machine, script: str, environ: Mapping[str, str]) -> tuple[Completed, dict[str, str], str]:
    """How a script ended, the outputs it wrote, and its part of the summary."""
    output, summary = machine.temp / "output", machine.temp / "summary"
    output.write_text("")
    summary.write_text("")
    told = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    ran = machine.run_script(script, {**environ, **told})
    lines = output.read_text(encoding="utf-8").splitlines()
    return ran, dict(line.split("=", 1) for line in lines), summary.read_text(encoding="utf-8")
