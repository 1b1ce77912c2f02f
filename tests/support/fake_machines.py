"""A machine as CI lends it, and what the actions of others do on it as far as it concerns the steps beside them.

Files are copied into a folder and out of it. An action that is not known here is an error.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.infra.process.supervisor import Completed, clean_environment, run

ROOT = Path(__file__).resolve().parents[2]


BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""What `shell: bash` stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """What new machines have."""

    python: Path
    """An interpreter with pip."""
    uv: Path
    """uv's cache, which is the one thing that they share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine that CI would have lent: a workspace, a folder for what passes, and a Python that comes first."""

    folder: Path
    spare: Spare
    artifacts: Path
    """Where artifacts are kept, for all machines."""
    environ: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in (self.workspace, self.temp, self.artifacts):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def workspace(self) -> Path:
        return self.folder / "work"

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    def share_uv(self, folder: Path) -> None:
        """Let `folder` be the cache of uv that all machines have."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(self.spare.uv)

    def run_script(self, script: str, environ: Mapping[str, str]) -> Completed:
        """Run `script` as a step of a job."""
        own = {"GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.temp), "CI": "true"}
        # Most of what pip would compile here is never imported: half of the time that an installation takes.
        own |= {"PIP_NO_COMPILE": "1"}
        first = clean_environment({**own, **self.environ, **environ}, network=True)
        first["PATH"] = os.pathsep.join([str(self.spare.python.parent), first.get("PATH", os.defpath)])
        file = self.temp / "script.sh"
        file.write_text(script, encoding="utf-8")
        ran = run([*BASH, file], cwd=self.workspace, env=first, deadline=600, cap=4_000_000)
        assert not ran.timed_out, script
        return ran


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


def hand_to_pages(machine: Machine, given: Mapping[str, Any]) -> dict[str, str]:
    """Take a site as an artifact of its own."""
    assert (machine.workspace / given["path"] / "index.html").is_file()
    shutil.copytree(machine.workspace / given["path"], machine.artifacts / "github-pages")
    return {"artifact_id": "7"}


def python_of(machine: Machine, _given: Mapping[str, Any]) -> dict[str, str]:
    """The machine has a Python of its own already."""
    return {"python-path": str(machine.spare.python)}


def nothing(_machine: Machine, _given: Mapping[str, Any]) -> None:
    """Of no concern to the steps: machines are new, and what was kept of others is only quicker."""


STAND_INS: Mapping[str, Callable[[Machine, Mapping[str, Any]], dict[str, str] | None]] = {
    "actions/cache": nothing,
    "actions/cache/restore": nothing,
    "actions/cache/save": nothing,
    "actions/checkout": checkout,
    "actions/download-artifact": download,
    "actions/setup-python": python_of,
    "actions/upload-artifact": upload,
    "actions/upload-pages-artifact": hand_to_pages,
}
"""What the actions of others do here, and the outputs they give."""
