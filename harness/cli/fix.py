"""`scrapy-compat fix`: a patch for what newer releases of Scrapy take away."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.output import print_exactly, print_lines
from harness.infra.errors import ExitCode

SECTION = Section.EXPLAIN


@cloup.command("fix")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option("--scrapy", multiple=True, metavar="SELECT", help="Releases it has to run with: '>=2.6', 2.13.")
@click.option("--write", is_flag=True, help="Change the files. Without it nothing is written.")
def fix_command(paths: tuple[Path, ...], scrapy: tuple[str, ...], write: bool) -> int:
    """Print a patch for what a newer Scrapy takes away.

    Standard output is a unified diff. Standard error tells which lines are left for you, and why.

    Only what is sure is changed: imports of names that moved, and `start()` beside `start_requests()`. What is
    written works with old releases and with new ones. Sources are read, never run.

    \b
    Examples:
      scrapy-compat fix mycrawler
      scrapy-compat fix mycrawler > newer-scrapy.patch
      scrapy-compat fix --scrapy '>=2.11' --write mycrawler/spiders
    """
    from harness.commands.fix import fix_lines

    left: list[str] = []
    print_exactly(fix_lines(paths, scrapy, left.append, write=write))
    print_lines(left, error=True)
    return ExitCode.COMPLETE
