"""`scrapy-compat why`: what, changed alone, makes a cell pass."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option, run_option, state_option
from harness.cli.output import print_coloured, print_json
from harness.infra.errors import ExitCode

SECTION = Section.EXPLAIN


@cloup.command("why")
@click.argument("cell")
@json_option
@run_option
@state_option
def why_command(cell: str, as_json: bool, run_id: str | None, state: Path) -> int:
    """Show what, changed alone, makes a cell pass.

    The cell is compared with those that differ from it in one thing. First come the changes that make it pass, nearest
    first; then those that do not help; then what was not tried. Of a cell that passes: what breaks it.

    \b
    Examples:
      scrapy-compat why linux-py3.12-scrapy2.13.4-latest/asyncio-default/callback_pending/direct
      scrapy-compat why linux-py3.12-scrapy2.13.4-latest/asyncio-default/callback_pending/direct --json
    """
    from harness.commands.why import explained_cell
    from harness.render.text.why import WhyLines

    found = explained_cell(state, run_id, cell)
    if as_json:
        print_json(found.object())
    else:
        print_coloured(WhyLines(found).lines())
    return ExitCode.COMPLETE
