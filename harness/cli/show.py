"""`scrapy-compat show`: everything about one cell."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, json_option, matrix_option, run_option, state_option
from harness.cli.output import print_coloured, print_json
from harness.infra.errors import ExitCode

SECTION = Section.READ


@cloup.command("show")
@click.argument("cell")
@click.option("--lock", is_flag=True, help="The lock file, too, which is long.")
@json_option
@run_option
@state_option
@matrix_option
@baselines_option
def show_command(
    cell: str,
    lock: bool,
    as_json: bool,
    run_id: str | None,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Show everything about one cell.

    Facts, verdict and where it comes from, exception, stacks, output, and how to run it again.

    \b
    Examples:
      scrapy-compat show linux-py3.12-scrapy2.13.4-latest/asyncio-uvloop/callback_pending/direct
      scrapy-compat show linux-py3.12-scrapy2.13.4-latest/epoll/callback_pending/direct --lock
    """
    from harness.commands.show import shown_cell
    from harness.workspace import load_workspace

    judge = load_workspace(matrix).judge(baselines)
    if as_json:
        print_json(shown_cell(state, run_id, cell, judge).object())
    else:
        print_coloured(shown_cell(state, run_id, cell, judge).lines(lock=lock))
    return ExitCode.COMPLETE
