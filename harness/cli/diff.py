"""`scrapy-compat diff`: what differs between two runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, deadline_option, json_option, matrix_option, state_option
from harness.cli.output import print_coloured
from harness.infra.errors import ExitCode

SECTION = Section.READ


@cloup.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--all", "everything", is_flag=True, help="Every range and package, however many.")
@click.option("--attribute", is_flag=True, help="Exchange packages where several things changed, to see which did it.")
@deadline_option
@json_option
@state_option
@matrix_option
@baselines_option
def diff_command(
    before: str,
    after: str,
    everything: bool,
    attribute: bool,
    deadline: float,
    as_json: bool,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Show what differs between two runs.

    Cells are folded into ranges, each with what changed it: the one thing that changed, that of which a pair of cells
    shows that it did, or all that may have. `--attribute` runs one cell of each range of which packages may be the
    cause, with more and more packages of A in the environment of B.

    A and B: the id of a stored run, `latest`, `previous` (the run of the same plan before the latest), or the path
    of a matrix.json. One of them may be `baseline`: what the claims and the accepted baseline announce of the other.

    \b
    Examples:
      scrapy-compat diff previous latest
      scrapy-compat diff last-week/matrix.json latest --all
      scrapy-compat diff baseline latest
      scrapy-compat diff previous latest --attribute
    """
    from harness.commands.diff import diff_lines

    measure = None
    if attribute:
        from harness.commands.diff_attribute import AttributeOptions, attribute_ranges

        measure = partial(attribute_ranges, options=AttributeOptions(matrix=matrix, deadline=deadline))
    found = diff_lines(
        state,
        before,
        after,
        everything=everything,
        as_json=as_json,
        baselines=baselines,
        matrix=matrix,
        measure=measure,
    )
    print_coloured(found)
    return ExitCode.COMPLETE
