"""`scrapy-compat pins`: what has to be held back for an old Scrapy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import deadline_option, json_option, matrix_option, scenarios_option
from harness.cli.output import print_lines
from harness.infra.errors import ExitCode
from harness.infra.resources import REPORTS

if TYPE_CHECKING:
    from harness.experiments.pins.pair_searches import PairDone


SECTION = Section.EXPERIMENT


@cloup.command("pins")
@click.option("--scrapy", multiple=True, metavar="RELEASES", help="Any releases: 2.5.1, or 2.5.0,2.6.3.")
@click.option("--python", multiple=True, metavar="PYTHONS", help="Pythons of the matrix: 3.10, or 3.9,3.10.")
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
@scenarios_option
@matrix_option
def pins_command(
    scrapy: tuple[str, ...],
    python: tuple[str, ...],
    every: bool,
    jobs: int,
    fresh: bool,
    out: Path,
    deadline: float,
    as_json: bool,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
) -> int:
    """Find the packages that an old Scrapy needs held back.

    Writes reports/pins/, for `pip install -c`, and pins.toml, for the profile `pinned`: beside your own matrix, else in
    your folder of state. With --scenarios your scenarios have to pass, too, and pins.toml stays as it is.

    \b
    Examples:
      scrapy-compat pins --scrapy 2.5.1 --python 3.10
      scrapy-compat pins --scrapy 2.5.0,2.6.3 --python 3.10 --scenarios my_scenarios
      scrapy-compat pins --all
    """
    from harness.commands.pins import PinOptions, run_pins
    from harness.render.text.pins import summary_line, told_line
    from harness.render.to_plain import json_text

    options = PinOptions(
        scrapys=_listed(scrapy),
        pythons=_listed(python),
        every=every,
        jobs=jobs,
        fresh=fresh,
        deadline=deadline,
        reports=out,
        matrix=matrix,
        scenarios=scenarios,
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


def _listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is written as one list or as several."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))
