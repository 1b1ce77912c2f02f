"""`scrapy-compat why`: what, changed alone, makes a cell pass."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import (
    baselines_option,
    deadline_option,
    json_option,
    matrix_option,
    run_option,
    state_option,
)
from harness.cli.output import console, print_coloured, print_json
from harness.infra.errors import ExitCode

SECTION = Section.EXPLAIN


@cloup.command("why")
@click.argument("cell")
@click.option("--measure", is_flag=True, help="Run what was not tried and would tell, and exchange packages.")
@deadline_option
@json_option
@run_option
@state_option
@matrix_option
@baselines_option
def why_command(
    cell: str,
    measure: bool,
    deadline: float,
    as_json: bool,
    run_id: str | None,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Show what, changed alone, makes a cell pass.

    The cell is compared with those that differ from it in one thing. First come the changes that make it pass, nearest
    first; then those that do not help; then what was not tried. Of a cell that passes: what breaks it.

    \b
    Examples:
      scrapy-compat why linux-py3.12-scrapy2.13.4-latest/asyncio-default/callback_pending/direct
      scrapy-compat why linux-py3.12-scrapy2.12.0-latest/epoll/callback_pending/direct --measure
    """
    from harness.commands.why import explained_cell
    from harness.render.text.why import WhyLines

    found, packages = explained_cell(state, run_id, cell), None
    if measure:
        from harness.commands.run import run_plan
        from harness.commands.why_measure import MeasureOptions, exchange_packages, measure_cells

        options = MeasureOptions(state=state, matrix=matrix, baselines=baselines, deadline=deadline)
        if measure_cells(found, options, lambda asked: run_plan(asked, console(error=True))):
            found = explained_cell(state, run_id, cell)
        packages = exchange_packages(found, options)
    if as_json:
        print_json(found.object() | ({} if packages is None else {"packages": packages}))
    else:
        print_coloured(WhyLines(found).lines(packages))
    return ExitCode.COMPLETE
