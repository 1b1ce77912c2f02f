"""`scrapy-compat new`: a first scenario of your own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import get_args

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option
from harness.cli.output import print_json, print_lines
from harness.infra.errors import ExitCode
from harness.plan.scenario_info import Kind

SECTION = Section.MEASURE


@cloup.command("new")
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
    from harness.commands.new import new_scenario

    written = new_scenario(name, kind, folder)
    if as_json:
        print_json(written)
    else:
        print_lines([f"wrote {written.path}; run it with:", f"  {shlex.join(written.command)}"])
    return ExitCode.COMPLETE
