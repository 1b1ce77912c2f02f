"""The commands beside runs: a first scenario, releases, interpreters, old runs and environments."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001

from __future__ import annotations

import shlex
import sys
from functools import partial
from pathlib import Path
from typing import get_args

import click

from harness.cli.commands import scrapy_compat
from harness.cli.options import age, json_option, matrix_option, state_option
from harness.cli.output import console, print_coloured, print_json, print_lines
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
@json_option
def new_command(name: str, kind: Kind, folder: Path, as_json: bool) -> int:
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
    command = ["scrapy-compat", "run", *chosen]
    if as_json:
        print_json({"path": path, "command": command})
    else:
        print_lines(iter([f"wrote {path}; run it with:", f"  {shlex.join(command)}"]))
    return ExitCode.COMPLETE


@scrapy_compat.command("update")
@json_option
@matrix_option
def update_command(as_json: bool, matrix: Path | None) -> int:
    """Ask the configured package index for new Scrapy releases and add them to matrix.toml.

    \b
    Example:
      scrapy-compat update && git diff matrix.toml
    """
    from harness import reading
    from harness.render.plain import json_text

    path, updates = reading.update(matrix)
    if as_json:
        print_lines(map(json_text, updates))
    else:
        print_lines(reading.update_lines(path, updates))
    return ExitCode.COMPLETE


_platform_option = click.option(
    "--platform", metavar="NAME", help="Those of this platform: this machine's own, or wine. Default: its own."
)


@scrapy_compat.group("pythons", invoke_without_command=True)
@matrix_option
@click.option("--install", is_flag=True, help="The same as `pythons install`.")
@_platform_option
@json_option
@click.pass_context
def pythons_group(
    context: click.Context, matrix: Path | None, install: bool, platform: str | None, as_json: bool
) -> int:
    """List the interpreters that the matrix asks for, where they were found, and what is missing.

    \b
    Examples:
      SCRAPY_COMPAT_PYTHONS=/opt/python3.14/bin/python scrapy-compat pythons
      scrapy-compat pythons --platform wine
    """
    if context.invoked_subcommand is not None:
        return ExitCode.COMPLETE
    return _pythons(matrix, platform, (), install=install, as_json=as_json)


@pythons_group.command("install")
@_platform_option
@click.option("--python", multiple=True, metavar="SELECT", help="Only these: 3.11, '>=3.9'. May be repeated.")
@matrix_option
@json_option
def pythons_install_command(platform: str | None, python: tuple[str, ...], matrix: Path | None, as_json: bool) -> int:
    """Fetch the interpreters that are missing: through uv, and for wine Windows builds from the package index.

    \b
    Examples:
      scrapy-compat pythons install
      scrapy-compat pythons install --platform wine --python 3.11 --python 3.13
    """
    return _pythons(matrix, platform, python, install=True, as_json=as_json)


def _pythons(
    matrix: Path | None, platform: str | None, python: tuple[str, ...], *, install: bool, as_json: bool
) -> int:
    from harness import reading
    from harness.asking import current_platform

    selected = [part for text in python for part in text.split(",")]
    say = partial(console(error=as_json).print, highlight=False, markup=False)
    found = reading.pythons(matrix, platform or current_platform(), selected, install=install, say=say)
    if as_json:
        print_json(reading.pythons_json(found))
    else:
        print_lines(iter(reading.pythons_lines(found)))
    return ExitCode.INCOMPLETE if found.missing else ExitCode.COMPLETE


@scrapy_compat.command("runs")
@json_option
@state_option
def runs_command(as_json: bool, state: Path) -> int:
    """List the stored runs, oldest first: when, of which plan, on which machine, and what each came to.

    Machines have anonymous ids. Verdicts are those of the end of the run, or of its latest report.

    \b
    Examples:
      scrapy-compat runs
      scrapy-compat runs --json | jq 'select(.complete | not) | .id'
    """
    from harness import reading

    if as_json:
        print_lines(reading.run_objects(state))
    else:
        print_coloured(reading.run_lines(state))
    return ExitCode.COMPLETE


@scrapy_compat.command("clean")
@click.option("--keep", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Runs to keep.")
@click.option("--older-than", callback=age, metavar="AGE", help="Remove runs older than that, too: 30d, 12h, 2w.")
@click.option(
    "--unused-for",
    callback=age,
    default="30d",
    show_default=True,
    metavar="AGE",
    help="Remove environments that were not used for so long.",
)
@json_option
@state_option
def clean_command(keep: int, older_than: float | None, unused_for: float, as_json: bool, state: Path) -> int:
    """Remove old runs, and environments that were not used lately.

    The latest complete run of each plan and machine stays, whatever its age.

    \b
    Examples:
      scrapy-compat clean
      scrapy-compat clean --keep 5 --older-than 30d
      scrapy-compat clean --keep 1 --unused-for 0d
    """
    from harness import reading

    done = reading.tidy(state, keep=keep, older_than=older_than, unused_for=unused_for)
    if as_json:
        print_json(done)
    else:
        print_lines(done.lines())
    return ExitCode.COMPLETE
