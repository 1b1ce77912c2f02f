"""`scrapy-compat merge`: one report of what several machines delivered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import (
    baselines_option,
    exit_code,
    fail_on_option,
    filter_options,
    json_option,
    matrix_option,
    out_option,
    scenarios_option,
    shards_option,
    state_option,
    times_option,
)
from harness.cli.output import print_answer, print_coloured, print_json

if TYPE_CHECKING:
    from harness.workspace import Filters


SECTION = Section.MEASURE


@cloup.command("merge")
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR_OR_FILE...")
@click.option("--plan", help="The plan that was expected. Default: what the artifacts say that they are of.")
@filter_options
@cloup.option_group("Shards", shards_option, times_option)
@cloup.option_group("Result", fail_on_option, json_option, out_option)
@cloup.option_group("Files", state_option, scenarios_option, matrix_option, baselines_option)
def merge_command(
    places: tuple[Path, ...],
    plan: str | None,
    shards: int | None,
    times: Path | None,
    fail_on: frozenset[str],
    as_json: bool,
    out: Path | None,
    state: Path,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
    baselines: Path,
    filters: Filters,
) -> int:
    """Join the artifacts of several machines into one stored run.

    Its reports are written, too.

    What the plan expects and nobody delivered is `missing`, what two artifacts contradict each other about is
    `conflict`. No cell is run, and no interpreter is needed.

    \b
    Examples:
      scrapy-compat merge artifacts --out reports
      scrapy-compat merge artifacts --plan smoke --platform linux,windows --shards 6 --out reports
    """
    from harness.commands import merge
    from harness.render.text.merge import merge_counts, owed_lines

    if plan is None and (filters.any or shards is not None):
        raise click.UsageError("filters and --shards say what was expected of a plan: name it with --plan")
    done = merge.merge_artifacts(
        merge.MergeOptions(
            places=places,
            plan=plan,
            filters=filters,
            shards=shards,
            times=times,
            out=out,
            state=state,
            matrix=matrix,
            baselines=baselines,
            scenarios=scenarios,
            command=tuple(sys.argv[1:]),
        )
    )
    end = done.end
    if as_json:
        print_json(done)
    else:
        print_coloured(merge_counts(done))
        print_answer(end.summary.answer, end.run_id)
        print_coloured(owed_lines(done))
    return exit_code(
        fail_on, unexpected=end.verdicts["unexpected"], complete=end.complete, outcomes=end.summary.outcomes
    )
