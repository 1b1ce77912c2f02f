"""`scrapy-compat bisect`: the release between which a cell changes."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import (
    deadline_option,
    json_option,
    matrix_option,
    run_option,
    scenarios_option,
    state_option,
)
from harness.cli.output import print_coloured, print_json
from harness.infra.errors import ExitCode

SECTION = Section.EXPERIMENT


@cloup.command("bisect")
@click.option("--cell", required=True, metavar="ID", help="The id of one cell.")
@click.option(
    "--axis",
    required=True,
    metavar="AXIS",
    help="scrapy, python, a package (twisted, uvloop, ...), or package: whichever it is.",
)
@click.option("--good", metavar="VERSION", help="One end of what is tried. Default: as far as the axis goes.")
@click.option("--bad", metavar="VERSION", help="The other end. Of one end alone the other is the cell's own version.")
@click.option("--whole", is_flag=True, help="Bisect the whole range, whatever stored runs tell.")
@deadline_option
@json_option
@run_option
@state_option
@scenarios_option
@matrix_option
def bisect_command(
    cell: str,
    axis: str,
    good: str | None,
    bad: str | None,
    deadline: float,
    whole: bool,
    as_json: bool,
    run_id: str | None,
    state: Path,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
) -> int:
    """Find the adjacent releases between which a cell's result changed.

    A result is an outcome and a mechanism. It begins at the nearest two releases of which a stored run tells that the
    cell passes with one of them alone, and runs these first. Where this is not so any more, and with --whole, the whole
    range is bisected. With --axis package, one package after the other is bisected until one changes the cell, those
    that its error names first.

    \b
    Example:
      scrapy-compat bisect --axis scrapy --cell linux-py3.12-scrapy2.13.4-era/default/callback_pending/direct
    """
    from harness.commands.bisect import BisectOptions, run_bisection, search_package
    from harness.experiments.bisect.package_search import PACKAGE
    from harness.render.text.bisect import bisection_lines, bisection_object, search_lines, search_object

    options = BisectOptions(
        cell=cell,
        axis=axis.lower(),
        good=good,
        bad=bad,
        deadline=deadline,
        matrix=matrix,
        scenarios=scenarios,
        state=state,
        run_id=run_id,
        whole=whole,
    )
    if options.axis == PACKAGE:
        searched = search_package(options)
        if as_json:
            print_json(search_object(*searched))
        else:
            print_coloured(search_lines(*searched))
        return ExitCode.COMPLETE
    found = run_bisection(options)
    if as_json:
        print_json(bisection_object(*found))
    else:
        print_coloured(bisection_lines(*found))
    return ExitCode.COMPLETE
