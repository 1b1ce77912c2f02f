"""The group of all commands: files name them, and only the one that is used is imported."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from types import ModuleType

import click
import cloup

from harness import commands

_HERE = (str(Path(__file__).parent),)


class Section(Enum):
    """The headings under which `--help` lists commands; the module of a command names its own as `SECTION`."""

    MEASURE = "Measure"
    READ = "Read"
    EXPLAIN = "Explain"
    EXPERIMENT = "Experiment"
    KEEP = "Keep"


class CommandGroup(cloup.Group):
    """Commands that are found by files: `cli/trend.py`, which has `trend_command`, and `commands/trend.py`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands without importing one."""
        here, there = (
            {module.name for module in pkgutil.iter_modules(folders)} for folders in (_HERE, commands.__path__)
        )
        # A word that Python keeps for itself has a line behind it as a module: `try_`.
        return sorted({*super().list_commands(ctx), *(name.removesuffix("_") for name in here & there)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, its module imported; None where there is none."""
        if cmd_name not in self.commands and cmd_name in self.list_commands(ctx):
            self.add_command(getattr(_module(cmd_name), f"{cmd_name}_command"))
        return super().get_command(ctx, cmd_name)

    def list_sections(self, ctx: click.Context, include_default_section: bool = True) -> list[cloup.Section]:  # noqa: ARG002, FBT002
        """Return every section with its commands, for `--help`, which imports all of them."""
        return [cloup.Section(section.value, dict(self._of_section(ctx, section))) for section in Section]

    def _of_section(self, ctx: click.Context, section: Section) -> Iterator[tuple[str, click.Command]]:
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and _module(name).SECTION is section:
                yield name, command


def _module(command: str) -> ModuleType:
    return import_module(f"harness.cli.{command}{'_' if iskeyword(command) else ''}")
