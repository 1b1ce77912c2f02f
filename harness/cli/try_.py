"""`scrapy-compat try`: a project of one's own under the matrix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import filter_options, jobs_option, json_option, matrix_option
from harness.cli.output import console, print_coloured, print_json, print_lines
from harness.infra.errors import ExitCode

if TYPE_CHECKING:
    from harness.workspace import Filters

SECTION = Section.MEASURE


@cloup.command("try")
@click.argument("target")
@click.argument("arguments", nargs=-1)
@cloup.option_group(
    "Try",
    cloup.option("--plan", "only_plan", is_flag=True, help="Print what was read and what would run; run nothing."),
    cloup.option(
        "--check", "checks", multiple=True, type=click.Choice(["load", "suite"]), help="Only these. Default: both."
    ),
    cloup.option("--network", is_flag=True, help="Let the tests reach beyond this machine."),
    jobs_option,
    cloup.option("--fresh", is_flag=True, help="Ignore earlier results."),
    cloup.option("--upgrade", is_flag=True, help="Resolve packages again, even if that was done today."),
)
@filter_options
@cloup.option_group("Result", json_option)
@cloup.option_group(
    "Files",
    cloup.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder in which runs are stored. Default: a folder of the user's; nothing is written into the target.",
    ),
    matrix_option,
)
def try_command(
    target: str,
    arguments: tuple[str, ...],
    only_plan: bool,
    checks: tuple[str, ...],
    network: bool,
    jobs: int,
    fresh: bool,
    upgrade: bool,
    as_json: bool,
    state: Path | None,
    matrix: Path | None,
    filters: Filters,
) -> int:
    """Run a project's own tests under the matrix.

    TARGET is a folder, a source archive, or a release such as scrapy-poet==0.26. What stands behind `--` is given to
    pytest.

    \b
    Examples:
      scrapy-compat try .
      scrapy-compat try . --plan
      scrapy-compat try scrapy-deltafetch==2.1.0 --scrapy '>=2.13'
      scrapy-compat try . --python 3.12 --lane 'asyncio-*' -- -k engine
    """
    from harness.commands.try_ import TryOptions, answered, opened_target, try_target
    from harness.runner.progress import RunProgress

    options = TryOptions(
        target=target, filters=filters, state=state, matrix=matrix, jobs=jobs, fresh=fresh, upgrade=upgrade,
        network=network, checks=checks, arguments=arguments, command=tuple(sys.argv[1:]),
    )  # fmt: skip
    screen = console(error=True)

    def say(text: str) -> None:
        screen.print(text, highlight=False, markup=False)

    with RunProgress(screen) as progress:
        progress.step(f"reading {target}")
        with opened_target(options, say) as opened:
            tried = None
            if not only_plan:
                from harness.commands.run import run_planned

                tried = try_target(
                    opened,
                    lambda asked, planned: (
                        run_planned(asked, planned, opened.stocks, say=say, progress=progress).run_id
                    ),
                    progress,
                )
    from harness.render.text.try_ import answer_lines, plan_lines

    if tried is None:
        print_lines(plan_lines(opened.read))
        return ExitCode.COMPLETE
    found = answered(tried)
    if as_json:
        print_json(found)
    else:
        print_coloured(answer_lines(tried, found))
    return ExitCode.INCOMPLETE if found.unasked else ExitCode.COMPLETE
