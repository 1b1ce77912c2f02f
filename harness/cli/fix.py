"""`scrapy-compat fix`: a patch for what newer releases of Scrapy take away."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option
from harness.cli.output import print_exactly, print_json, print_lines
from harness.infra.errors import ExitCode

SECTION = Section.EXPLAIN


@cloup.command("fix")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option("--scrapy", multiple=True, metavar="SELECT", help="Releases it has to run with: '>=2.6', 2.13.")
@click.option("--write", is_flag=True, help="Change the files. Without it nothing is written.")
@json_option
def fix_command(paths: tuple[Path, ...], scrapy: tuple[str, ...], write: bool, as_json: bool) -> int:
    """Print a patch for what a newer Scrapy takes away.

    Standard output is a unified diff. Standard error tells which lines are left for you, and why.

    Only what is sure is changed: imports of names that moved, and `start()` beside `start_requests()`. What is
    written works with old releases and with new ones. Sources are read, never run.

    \b
    Examples:
      scrapy-compat fix .
      scrapy-compat fix --scrapy '>=2.11' --write mycrawler/items.py
    """
    from harness.commands.fix import fix_sources

    found = fix_sources(paths, scrapy, write=write)
    if as_json:
        print_json(found.document())
    else:
        print_exactly(found.patch)
        print_lines(found.told(), error=True)
    return ExitCode.COMPLETE
