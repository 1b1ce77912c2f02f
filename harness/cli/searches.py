"""The commands that search by experiment: pins and bisect."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001, PLR0917

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.commands import scrapy_compat
from harness.cli.options import json_option, matrix_option
from harness.cli.output import print_coloured, print_json, print_lines
from harness.errors import ExitCode
from harness.shipped import REPORTS

if TYPE_CHECKING:
    from harness.pins.pairs import Told

deadline_option = click.option(
    "--deadline",
    type=click.FloatRange(0.1),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Seconds without progress after which a cell counts as hung.",
)


@scrapy_compat.command("pins")
@click.option("--scrapy", metavar="RELEASE", help="A release of the matrix: 2.5.1.")
@click.option("--python", metavar="PYTHON", help="A Python of the matrix: 3.10.")
@click.option("--all", "every", is_flag=True, help="Every pair of the matrix; goes on where it was interrupted.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1), default=lambda: os.cpu_count() or 1, help="Pairs at once. Default: cores."
)
@click.option("--fresh", is_flag=True, help="Search again, even where pip gives what it gave then.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=REPORTS,
    show_default=True,
    help="Folder below which pins/ is written.",
)
@deadline_option
@json_option
@matrix_option
def pins_command(
    scrapy: str | None,
    python: str | None,
    every: bool,
    jobs: int,
    fresh: bool,
    out: Path,
    deadline: float,
    as_json: bool,
    matrix: Path | None,
) -> int:
    """Find what has to be held back for an old Scrapy to work with today's packages.

    Writes reports/pins/, for `pip install -c`, and pins.toml beside the matrix, for the profile `pinned`.

    \b
    Examples:
      scrapy-compat pins --scrapy 2.5.1 --python 3.10
      scrapy-compat pins --all
    """
    from harness.pins.run import PinOptions, run_pins
    from harness.pins.text import summary_line, told_line
    from harness.render.plain import json_text

    options = PinOptions(
        scrapy=scrapy,
        python=python,
        every=every,
        jobs=jobs,
        fresh=fresh,
        deadline=deadline,
        reports=out,
        matrix=matrix,
    )
    done: list[Told] = []

    def tell(told: Told) -> None:
        done.append(told)
        print_lines(iter([json_text(told) if as_json else told_line(told)]))

    missing = run_pins(options, tell)
    if not as_json:
        print_lines(iter([summary_line(done)]))
    print_lines((f"Missing: {reason}" for reason in missing.values()), error=as_json)
    return ExitCode.INCOMPLETE if missing else ExitCode.COMPLETE


@scrapy_compat.command("bisect")
@click.option("--cell", required=True, metavar="ID", help="The id of one cell.")
@click.option("--axis", required=True, metavar="AXIS", help="scrapy, python, or a package: twisted, uvloop, ...")
@click.option("--good", metavar="VERSION", help="One end of what is tried. Default: as far as the axis goes.")
@click.option("--bad", metavar="VERSION", help="The other end.")
@deadline_option
@json_option
@matrix_option
def bisect_command(
    cell: str,
    axis: str,
    good: str | None,
    bad: str | None,
    deadline: float,
    as_json: bool,
    matrix: Path | None,
) -> int:
    """Name the neighbouring releases between which outcome or mechanism of a cell change.

    \b
    Example:
      scrapy-compat bisect --axis scrapy --cell linux-py3.12-scrapy2.13.4-era/default/callback_pending/direct
    """
    from harness.bisecting.run import BisectOptions, run_bisection
    from harness.bisecting.text import bisection_lines, bisection_object

    ends = tuple(end for end in (good, bad) if end is not None)
    options = BisectOptions(cell=cell, axis=axis.lower(), ends=ends, deadline=deadline, matrix=matrix)
    found = run_bisection(options)
    if as_json:
        print_json(bisection_object(*found))
    else:
        print_coloured(bisection_lines(*found))
    return ExitCode.COMPLETE
