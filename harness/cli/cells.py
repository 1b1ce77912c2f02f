"""`scrapy-compat cells`: the cells of a stored run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, filter_options, json_option, run_option, state_option
from harness.cli.output import print_coloured, print_lines
from harness.infra.errors import ExitCode

if TYPE_CHECKING:
    from harness.workspace import Filters

SECTION = Section.READ


@cloup.command("cells")
@click.option("--format", "shape", type=click.Choice(["table", "json", "ids"]), default="table", show_default=True)
@json_option
@click.option("--outcome", multiple=True, metavar="SELECT", help="Only these outcomes: pass, fail, hang, ...")
@click.option("--verdict", multiple=True, metavar="SELECT", help="Only these: expected, unexpected, unclaimed.")
@filter_options
@run_option
@state_option
@baselines_option
def cells_command(
    shape: str,
    as_json: bool,
    outcome: tuple[str, ...],
    verdict: tuple[str, ...],
    run_id: str | None,
    state: Path,
    baselines: Path,
    filters: Filters,
) -> int:
    """List the cells of a stored run.

    --json is --format json: one object a line.

    \b
    Examples:
      scrapy-compat cells --outcome hang,crash
      scrapy-compat cells --scrapy 2.13 --helper direct --json
      scrapy-compat cells --verdict unexpected
    """
    from harness.commands.cells import cell_lines
    from harness.workspace import load_workspace

    shape = "json" if as_json else shape
    outcomes, verdicts = ([part for text in texts for part in text.split(",")] for texts in (outcome, verdict))
    judge = load_workspace(None).judge(baselines) if verdicts else None
    lines = cell_lines(state, run_id, filters, shape, outcomes=outcomes, verdicts=verdicts, judge=judge)
    (print_coloured if shape == "table" else print_lines)(lines)
    return ExitCode.COMPLETE
