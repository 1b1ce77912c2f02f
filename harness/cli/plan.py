"""`scrapy-compat plan`: what a plan asks for, and how it is split over machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import (
    baselines_option,
    covering_options,
    filter_options,
    jobs_option,
    json_option,
    matrix_option,
    scenarios_option,
    shards_option,
    state_option,
    times_option,
)
from harness.cli.output import print_json, print_lines
from harness.infra.errors import ExitCode

if TYPE_CHECKING:
    from harness.plan.coverage import SamplingRequest
    from harness.workspace import Filters

SECTION = Section.MEASURE


@cloup.command("plan")
@cloup.option_group(
    "Plan",
    cloup.option("--plan", default="default", show_default=True, help="A plan of the matrix."),
    jobs_option,
    cloup.option("--ids", is_flag=True, help="Print the id of every cell."),
    json_option,
)
@filter_options
@covering_options
@cloup.option_group(
    "Shards",
    shards_option,
    cloup.option(
        "--format",
        "shape",
        type=click.Choice(("github", "gitlab", "json")),
        help="Of the shards: for CI, or a document.",
    ),
    times_option,
)
@cloup.option_group("Files", state_option, scenarios_option, matrix_option, baselines_option)
def plan_command(
    plan: str,
    ids: bool,
    jobs: int,
    as_json: bool,
    shards: int | None,
    shape: str | None,
    times: Path | None,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
    state: Path,
    baselines: Path,
    filters: Filters,
    sampling: SamplingRequest,
) -> int:
    """Show what a plan asks for, without running anything.

    That is what `run` would be asked for here: a plan that adapts is told for the Pythons of this machine, unless
    --python, --cell or --shards is given. With --cover or --budget it is what `run` would choose now: by the runs in
    --state, and the time with --jobs.

    \b
    Examples:
      scrapy-compat plan --plan full
      scrapy-compat plan --scrapy 2.13 --ids | grep uvloop
      scrapy-compat plan --plan full --cover pairwise
      scrapy-compat plan --platform linux,windows,macos --shards 6 --format github >> "$GITHUB_OUTPUT"
    """
    from harness.commands.plan import plan_here
    from harness.judge.verdict import Judge
    from harness.render.text.plan import plan_lines, plan_object
    from harness.workspace import load_workspace

    if shards is None and (shape is not None or times is not None):
        raise click.UsageError("--format and --times are for a plan that is split: say with --shards into how many")
    if shards is not None and sampling.any:
        raise click.UsageError("--shards splits a whole plan, and each machine would choose other cells of its part")
    loaded = load_workspace(matrix, scenarios)
    if shards is not None:
        from harness.shards.plan_split import split_plan

        extra = [f"--scenarios={each}" for each in scenarios] + ([f"--matrix={matrix}"] if matrix else [])
        # Literal: what is split has to be the same on all machines.
        split = split_plan(loaded.planned(plan, filters), filters, shards, times, extra)
        print_lines(split.notes, error=True)
        print_lines(split.lines(shape))
        return ExitCode.COMPLETE
    # Only a choice asks what was unexpected before.
    judge = loaded.judge(baselines) if sampling.any else Judge(())
    planned = plan_here(loaded, plan, filters, sampling, state=state, judge=judge, jobs=jobs)
    if as_json:
        print_json(plan_object(planned, ids=ids))
    else:
        print_lines((key.id for key in planned.plan.keys()) if ids else plan_lines(planned))
    return ExitCode.COMPLETE
