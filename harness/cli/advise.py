"""`scrapy-compat advise`: which helper to write."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option, run_option, state_option
from harness.cli.output import print_coloured, print_lines
from harness.infra.errors import ExitCode

SECTION = Section.EXPLAIN


@cloup.command("advise")
@click.option("--scrapy", multiple=True, metavar="SELECT", help="Versions or ranges: '>=2.4', 2.13; 2 is every 2.x.")
@click.option("--python", multiple=True, metavar="SELECT", help="Versions or ranges: '>=3.8', 3.12; 3 is every 3.x.")
@click.option(
    "--reactor",
    "--lane",
    "reactor",
    multiple=True,
    default=("any",),
    show_default=True,
    metavar="KIND",
    help="any, asyncio, none (no reactor), other, or shell globs over lanes: '*-uvloop'.",
)
@click.option("--platform", multiple=True, metavar="SELECT", help="linux, macos, windows. Default: all measured.")
@click.option("--profile", multiple=True, metavar="SELECT", help="latest, era. Default: both.")
@click.option("--scenario", multiple=True, metavar="SELECT", help="Only what these ask about: shell globs.")
@click.option("--helper", multiple=True, metavar="SELECT", help="Only these may be written: shell globs.")
@click.option(
    "--have",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="A source file, or a folder of them, to judge. May be repeated; what is named is read together.",
)
@click.option("--all", "everything", is_flag=True, help="Also what stops each helper, and where no helper passes.")
@json_option
@run_option
@state_option
def advise_command(
    scrapy: tuple[str, ...],
    python: tuple[str, ...],
    reactor: tuple[str, ...],
    platform: tuple[str, ...],
    profile: tuple[str, ...],
    scenario: tuple[str, ...],
    helper: tuple[str, ...],
    have: tuple[Path, ...],
    everything: bool,
    as_json: bool,
    run_id: str | None,
    state: Path,
) -> int:
    """Recommend code that works across a version range.

    From measured cells: what to write, the code, and where that does not pass and why.

    Where no single helper does, the code asks for the release and the reactor when it runs. Scenarios that need
    something else than all others are told apart. What changes the result where it is changed alone counts as cause.

    With --have sources are read, never run: where does what it awaits break, and what is to be written instead?

    \b
    Examples:
      scrapy-compat advise --scrapy '>=2.4' --python '>=3.8' --reactor any --platform linux,windows
      scrapy-compat advise --reactor asyncio --have myproject/pipelines.py --have myproject/compat.py
    """
    from harness.commands.advise import advise_json, advise_lines
    from harness.workspace import Filters

    filters = Filters(platform=platform, python=python, scrapy=scrapy, profile=profile, scenario=scenario,
                      helper=helper)  # fmt: skip
    if as_json:
        print_lines(advise_json(state, run_id, filters, reactor, have))
    else:
        print_coloured(advise_lines(state, run_id, filters, reactor, have, everything=everything))
    return ExitCode.COMPLETE
