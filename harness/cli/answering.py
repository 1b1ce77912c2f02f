"""The commands that answer from stored results."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness import answering
from harness.cli.commands import scrapy_compat
from harness.cli.options import filter_options, run_option, split_filters, state_option
from harness.cli.output import print_lines
from harness.errors import ExitCode


@scrapy_compat.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--all", "everything", is_flag=True, help="Every range and package, however many.")
@state_option
def diff_command(before: str, after: str, everything: bool, state: Path) -> int:
    """Print what differs between two runs, folded into ranges, and the packages that differ beside it.

    A and B: the id of a stored run, `latest`, `previous` (the run of the same plan before the latest), or the path
    of a matrix.json.

    \b
    Examples:
      scrapy-compat diff previous latest
      scrapy-compat diff last-week/matrix.json latest --all
    """
    print_lines(answering.diff_lines(state, before, after, everything=everything))
    return ExitCode.COMPLETE


@scrapy_compat.command("explain")
@filter_options
@run_option
@state_option
def explain_command(run_id: str | None, state: Path, **filters: Any) -> int:
    """Print the fewest rules that reproduce every judged cell of a stored run: general ones first, then exceptions.

    \b
    Examples:
      scrapy-compat explain
      scrapy-compat explain --helper direct --scrapy '>=2.13'
    """
    print_lines(answering.explain_lines(state, run_id, split_filters(filters)))
    return ExitCode.COMPLETE
