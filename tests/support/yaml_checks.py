"""What the tests of yaml checks share with others."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from harness.infra.process.supervisor import Completed, clean_environment, run
from tests.support.fake_machines import ROOT

SCHEMAS = {"workflow": "vendor.github-workflows", "action": "vendor.github-actions", "gitlab": "vendor.gitlab-ci"}


def checked(tool: str, *arguments: str | Path) -> Completed:
    """What a checker says, which was installed beside the interpreter that runs the tests."""
    place = str(Path(sys.executable).parent)
    program = shutil.which(tool, path=place)
    assert program is not None, f"{tool} is not in {place}: install the group `dev`"
    environ = clean_environment({})
    # There it finds shellcheck.
    environ["PATH"] = place
    return run([program, *arguments], cwd=ROOT, env=environ, deadline=120, cap=1_000_000)


def by_schema(kind: str, *files: Path) -> Completed:
    transform = ["--data-transform", "gitlab-ci"] if kind == "gitlab" else []
    return checked("check-jsonschema", "--builtin-schema", SCHEMAS[kind], *transform, *files)


def by_rules(*files: Path, profile: str = "default") -> Completed:
    return checked("jactionlint", f"--profile={profile}", "--strict-exit", "--no-color", *files)


def by_zizmor(*files: Path, persona: str = "auditor") -> Completed:
    return checked("zizmor", "--offline", "--no-config", "--no-progress", f"--persona={persona}", *files)


def assert_clean(done: Completed) -> None:
    assert (done.returncode, done.stdout + done.stderr) == (0, done.stdout + done.stderr)
