"""The commands that answer from stored results."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001, PLR0917

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.commands import scrapy_compat
from harness.cli.options import (
    baselines_option,
    filter_options,
    json_option,
    matrix_option,
    run_option,
    split_filters,
    state_option,
)
from harness.cli.output import print_coloured, print_lines
from harness.errors import ExitCode


@scrapy_compat.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--all", "everything", is_flag=True, help="Every range and package, however many.")
@json_option
@state_option
@matrix_option
@baselines_option
def diff_command(
    before: str,
    after: str,
    everything: bool,
    as_json: bool,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Print what differs between two runs, folded into ranges, and the packages that differ beside it.

    A and B: the id of a stored run, `latest`, `previous` (the run of the same plan before the latest), or the path
    of a matrix.json. One of them may be `baseline`: what the claims and the accepted baseline announce of the other.

    \b
    Examples:
      scrapy-compat diff previous latest
      scrapy-compat diff last-week/matrix.json latest --all
      scrapy-compat diff baseline latest
    """
    from harness import answering

    found = answering.diff_lines(
        state, before, after, everything=everything, as_json=as_json, baselines=baselines, matrix=matrix
    )
    print_coloured(found)
    return ExitCode.COMPLETE


@scrapy_compat.command("explain")
@filter_options
@json_option
@run_option
@state_option
def explain_command(as_json: bool, run_id: str | None, state: Path, **filters: Any) -> int:
    """Print the fewest rules that reproduce every judged cell of a stored run: general ones first, then exceptions.

    \b
    Examples:
      scrapy-compat explain
      scrapy-compat explain --helper direct --scrapy '>=2.13'
    """
    from harness import answering

    print_coloured(answering.explain_lines(state, run_id, split_filters(filters), as_json=as_json))
    return ExitCode.COMPLETE


@scrapy_compat.command("advise")
@click.option("--scrapy", multiple=True, metavar="SELECT", help="Versions or ranges: '>=2.4', 2.13; 2 is every 2.x.")
@click.option("--python", multiple=True, metavar="SELECT", help="Versions or ranges: '>=3.8', 3.12; 3 is every 3.x.")
@click.option(
    "--reactor",
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
@click.option("--have", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A source file to judge.")
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
    have: Path | None,
    as_json: bool,
    run_id: str | None,
    state: Path,
) -> int:
    """Print what to write so that it works in a range, from measured cells: the helpers, what stops them, the code.

    Where no single helper always passes, the code asks for the release and the reactor when it runs. Scenarios that
    need something else than all others are told apart; where nothing always passes, what remains is said instead.

    With --have a source file is read, never run: where does what it awaits break, and what is to be written instead?

    \b
    Examples:
      scrapy-compat advise --scrapy '>=2.4' --python '>=3.8' --reactor any --platform linux,windows
      scrapy-compat advise --reactor asyncio --have myproject/pipelines.py
    """
    from harness import answering
    from harness.asking import Filters

    filters = Filters(platform=platform, python=python, scrapy=scrapy, profile=profile, scenario=scenario,
                      helper=helper)  # fmt: skip
    if as_json:
        print_lines(answering.advise_json(state, run_id, filters, reactor, have))
    else:
        print_coloured(answering.advise_lines(state, run_id, filters, reactor, have))
    return ExitCode.COMPLETE
