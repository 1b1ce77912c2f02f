"""`scrapy-compat pins`: what has to be held back for an old Scrapy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import deadline_option, json_option, matrix_option
from harness.cli.output import print_lines
from harness.infra.errors import ExitCode
from harness.infra.resources import REPORTS

if TYPE_CHECKING:
    from harness.experiments.pins.pair_searches import PairDone


SECTION = Section.EXPERIMENT


@cloup.command("pins")
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
    """Find the packages that an old Scrapy needs held back.

    Writes reports/pins/, for `pip install -c`, and pins.toml beside the matrix, for the profile `pinned`.

    \b
    Examples:
      scrapy-compat pins --scrapy 2.5.1 --python 3.10
      scrapy-compat pins --all
    """
    from harness.commands.pins import PinOptions, run_pins
    from harness.render.text.pins import summary_line, told_line
    from harness.render.to_plain import json_text

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
    done: list[PairDone] = []

    def tell(told: PairDone) -> None:
        done.append(told)
        print_lines(iter([json_text(told) if as_json else told_line(told)]))

    missing = run_pins(options, tell)
    if not as_json:
        print_lines(iter([summary_line(done)]))
    print_lines((f"Missing: {reason}" for reason in missing.values()), error=as_json)
    return ExitCode.INCOMPLETE if missing else ExitCode.COMPLETE
