"""The commands beside runs: a first scenario, releases, interpreters, old runs and environments."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import get_args

import click

from harness.cli.commands import scrapy_compat
from harness.cli.options import matrix_option, state_option
from harness.cli.output import print_lines
from harness.errors import ExitCode
from harness.plan.asked import Kind


@scrapy_compat.command("new")
@click.argument("name")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="callback", show_default=True)
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("scenarios"),
    show_default=True,
    help="Folder of your own scenarios; made if it is not there.",
)
def new_command(name: str, kind: Kind, folder: Path) -> int:
    """Write a first scenario of your own, which passes as it is.

    A callback of a spider; a place of Scrapy's, such as a pipeline or a middleware, with settings of its own; or a
    program that starts a crawl. `docs/scenarios.md` tells how to go on.

    \b
    Example:
      scrapy-compat new my_question --kind place --in my_scenarios
    """
    from harness.scenarios import write_first

    path = write_first(name, kind, folder)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"  # one that is surely there
    chosen = ["--plan", "smoke", "--python", python, "--scenarios", str(folder), "--scenario", name]
    click.echo(f"wrote {path}; run it with:")
    click.echo(f"  {shlex.join(['scrapy-compat', 'run', *chosen])}")
    return ExitCode.COMPLETE


@scrapy_compat.command("update")
@matrix_option
def update_command(matrix: Path | None) -> int:
    """Ask the configured package index for new Scrapy releases and add them to matrix.toml.

    \b
    Example:
      scrapy-compat update && git diff matrix.toml
    """
    from harness import reading

    print_lines(iter(reading.update(matrix)))
    return ExitCode.COMPLETE


@scrapy_compat.command("pythons")
@matrix_option
@click.option("--install", is_flag=True, help="Let uv install those that are missing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pythons_command(matrix: Path | None, install: bool, as_json: bool) -> int:
    """List the interpreters that the matrix asks for, where they were found, and what is missing.

    \b
    Example:
      SCRAPY_COMPAT_PYTHONS=/opt/python3.14/bin/python scrapy-compat pythons
    """
    from harness import reading

    found = reading.pythons(matrix, install=install)
    if as_json:
        click.echo(json.dumps(reading.pythons_json(found), indent=2))
    else:
        print_lines(iter(reading.pythons_lines(found)))
    return ExitCode.INCOMPLETE if found.missing else ExitCode.COMPLETE


@scrapy_compat.command("clean")
@click.option("--keep-runs", type=click.IntRange(0), default=10, show_default=True, help="Runs to keep.")
@click.option(
    "--days",
    type=click.IntRange(0),
    default=30,
    show_default=True,
    help="Remove environments not used for so many days.",
)
@state_option
def clean_command(keep_runs: int, days: int, state: Path) -> int:
    """Remove old runs and environments that were not used lately.

    \b
    Example:
      scrapy-compat clean --keep-runs 1 --days 0
    """
    from harness import reading

    print_lines(iter(reading.tidy(state, keep_runs=keep_runs, days=days)))
    return ExitCode.COMPLETE
