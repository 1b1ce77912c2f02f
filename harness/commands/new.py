"""What `new` does: writes a first scenario of one's own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from harness.plan.scenario_info import Kind
from harness.scenarios.template import write_template


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScenario:
    """A scenario that was written, and what runs it."""

    path: Path
    command: tuple[str, ...]


def new_scenario(name: str, kind: Kind, folder: Path) -> NewScenario:
    """Write a scenario of that kind, which passes as it is, into a folder. Raises `HarnessError`."""
    path = write_template(name, kind, folder)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"  # one that is surely there
    chosen = ("--plan", "smoke", "--python", python, "--scenarios", str(folder), "--scenario", name)
    return NewScenario(path=path, command=("scrapy-compat", "run", *chosen))
