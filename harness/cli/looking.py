"""The commands that show what is planned and what is stored: plan, cells, show."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001, PLR0917

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.commands import scrapy_compat
from harness.cli.options import (
    baselines_option,
    covering_options,
    filter_options,
    jobs_option,
    json_option,
    matrix_option,
    run_option,
    scenarios_option,
    shards_option,
    split_filters,
    split_wish,
    state_option,
    times_option,
)
from harness.cli.output import print_coloured, print_json, print_lines
from harness.errors import ExitCode

# Named here, too, so that the command line itself does without them; a test holds them together.
SHARD_FORMATS = ("github", "gitlab", "json")


@scrapy_compat.command("plan")
@click.option("--plan", default="default", show_default=True, help="A plan of the matrix.")
@click.option("--ids", is_flag=True, help="Print the id of every cell.")
@filter_options
@covering_options
@jobs_option
@json_option
@shards_option
@click.option("--format", "shape", type=click.Choice(SHARD_FORMATS), help="Of the shards: for CI, or a document.")
@times_option
@scenarios_option
@matrix_option
@state_option
@baselines_option
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
    **others: Any,
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
    from harness.asking import load
    from harness.judge.verdicts import Judge
    from harness.planned import plan_here, plan_lines, plan_object

    if shards is None and (shape is not None or times is not None):
        raise click.UsageError("--format and --times are for a plan that is split: say with --shards into how many")
    given = split_filters(others)
    wish = split_wish(others)
    if shards is not None and wish.any:
        raise click.UsageError("--shards splits a whole plan, and each machine would choose other cells of its part")
    loaded = load(matrix, scenarios)
    if shards is not None:
        from harness.shards.splitting import split_plan

        extra = [f"--scenarios={each}" for each in scenarios] + ([f"--matrix={matrix}"] if matrix else [])
        # Literal: what is split has to be the same on all machines.
        split = split_plan(loaded.planned(plan, given), given, shards, times, extra)
        print_lines(split.notes, error=True)
        print_lines(split.lines(shape))
        return ExitCode.COMPLETE
    # Only a choice asks what was unexpected before.
    judge = loaded.judge(baselines) if wish.any else Judge(())
    planned = plan_here(loaded, plan, given, wish, state=state, judge=judge, jobs=jobs)
    if as_json:
        print_json(plan_object(planned, ids=ids))
    else:
        print_lines((key.id for key in planned.plan.keys()) if ids else plan_lines(planned))
    return ExitCode.COMPLETE


@scrapy_compat.command("cells")
@click.option("--format", "shape", type=click.Choice(["table", "json", "ids"]), default="table", show_default=True)
@json_option
@click.option("--outcome", multiple=True, metavar="SELECT", help="Only these outcomes: pass, fail, hang, ...")
@click.option("--verdict", multiple=True, metavar="SELECT", help="Only these: expected, unexpected, unclaimed.")
@filter_options
@run_option
@state_option
@baselines_option
def cells_command(
    shape: str,
    as_json: bool,
    outcome: tuple[str, ...],
    verdict: tuple[str, ...],
    run_id: str | None,
    state: Path,
    baselines: Path,
    **filters: Any,
) -> int:
    """Print the cells that a stored run holds; --json is --format json: one object a line.

    \b
    Examples:
      scrapy-compat cells --outcome hang,crash
      scrapy-compat cells --scrapy 2.13 --helper direct --json
      scrapy-compat cells --verdict unexpected
    """
    from harness import reading
    from harness.asking import load

    shape = "json" if as_json else shape
    outcomes, verdicts = ([part for text in texts for part in text.split(",")] for texts in (outcome, verdict))
    judge = load(None).judge(baselines) if verdicts else None
    lines = reading.cell_lines(
        state, run_id, split_filters(filters), shape, outcomes=outcomes, verdicts=verdicts, judge=judge
    )
    (print_coloured if shape == "table" else print_lines)(lines)
    return ExitCode.COMPLETE


@scrapy_compat.command("show")
@click.argument("cell")
@click.option("--lock", is_flag=True, help="The lock file, too, which is long.")
@json_option
@run_option
@state_option
@matrix_option
@baselines_option
def show_command(
    cell: str,
    lock: bool,
    as_json: bool,
    run_id: str | None,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Print everything about one cell: facts, verdict and where it comes from, exception, stacks, output, and how to
    run it again.

    \b
    Examples:
      scrapy-compat show linux-py3.12-scrapy2.13.4-latest/asyncio-uvloop/callback_pending/direct
      scrapy-compat show linux-py3.12-scrapy2.13.4-latest/epoll/callback_pending/direct --lock
    """
    from harness import reading
    from harness.asking import load

    judge = load(matrix).judge(baselines)
    if as_json:
        print_json(reading.shown(state, run_id, cell, judge).object())
    else:
        print_coloured(reading.shown(state, run_id, cell, judge).lines(lock=lock))
    return ExitCode.COMPLETE
