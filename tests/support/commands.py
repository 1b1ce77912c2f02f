"""What the tests of commands share with others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

import harness.commands.bisect
import harness.infra.packages.index  # noqa: F401  (they define errors of their own)

ROOT = Path(__file__).resolve().parents[2]


def subcommands(group: click.Command) -> dict[str, click.Command]:
    """Return the commands of a group by name, each imported; none of what is no group."""
    if not isinstance(group, click.Group):
        return {}
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def run(place: Path, *arguments: str, encoding: str = "utf-8", **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, **environ}
    return subprocess.run(command, cwd=place, env=env, capture_output=True, encoding=encoding, check=False, timeout=60)
