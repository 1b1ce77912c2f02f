"""What an environment is on disk: a virtual environment, or a folder of its own with a Python for another system."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from harness.environments.install import create_venv, home_of, python_of
from harness.environments.lock_request import LockRequest, Target
from harness.infra.packages.uv import Failure
from harness.interpreters.interpreter import Interpreter


class EnvironmentLayout(Protocol):
    """How environments of one kind are made."""

    @property
    def target(self) -> Target | None:
        """What packages are for; None where uv can ask the interpreter itself."""

    @property
    def content(self) -> str:
        """What it has of the harness's own, as text: environments with another are others."""

    def create(self, place: Path, interpreter: Interpreter) -> Failure | None:
        """Make an empty one at `place`; None, or why that failed."""

    def python(self, place: Path) -> Path:
        """The interpreter in it."""

    def options(self, place: Path, request: LockRequest) -> list[str]:
        """uv's options for installing into it what was resolved for `request`."""

    def is_sound(self, place: Path) -> bool:
        """Whether its interpreter is still there."""


class VenvLayout:
    """Those of interpreters of this machine."""

    target: Target | None = None
    content = ""

    def create(self, place: Path, interpreter: Interpreter) -> Failure | None:
        """Make an empty one at `place`; None, or why that failed."""
        return create_venv(place, interpreter)

    def python(self, place: Path) -> Path:
        """The interpreter in it."""
        return python_of(place)

    def options(self, place: Path, request: LockRequest) -> list[str]:  # noqa: ARG002 (it is its own answer)
        """uv's options for installing into it."""
        return ["--python", str(python_of(place))]

    def is_sound(self, place: Path) -> bool:
        """Whether its interpreter is still there.

        Behind the link, or, where that is a program of its own that starts it, where that looks for it. Its being the
        same one is in the folder's name, so it need not be started.
        """
        return os.access(python_of(place), os.X_OK) and home_of(place).is_dir()
