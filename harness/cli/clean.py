"""`scrapy-compat clean`: remove old runs and environments."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import age, json_option, state_option
from harness.cli.output import print_json, print_lines
from harness.infra.errors import ExitCode

SECTION = Section.KEEP


@cloup.command("clean")
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
    """Remove old runs, and environments not used lately.

    The latest complete run of each plan and machine stays, whatever its age.

    \b
    Examples:
      scrapy-compat clean
      scrapy-compat clean --keep 5 --older-than 30d
      scrapy-compat clean --keep 1 --unused-for 0d
    """
    from harness.commands.clean import clean_up

    done = clean_up(state, keep=keep, older_than=older_than, unused_for=unused_for)
    if as_json:
        print_json(done)
    else:
        print_lines(done.lines())
    return ExitCode.COMPLETE
