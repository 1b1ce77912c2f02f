"""`scrapy-compat run`: run the cells of a plan and write the reports."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import (
    baselines_option,
    covering_options,
    deadline_option,
    exit_code,
    fail_on_option,
    filter_options,
    jobs_option,
    json_option,
    matrix_option,
    out_option,
    scenarios_option,
    scheduler_options,
    shards_option,
    state_option,
    times_option,
)
from harness.cli.output import console, print_answer, print_coloured, print_json
from harness.infra.errors import ConfigurationError

if TYPE_CHECKING:
    from harness.executors.dask.cluster import Cluster
    from harness.plan.coverage import SamplingRequest
    from harness.workspace import Filters


def _shard(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`3/6` as its two numbers."""
    if value is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,4})/([1-9]\d{0,4})", value)
    if match is None or int(match[1]) > int(match[2]):
        raise click.BadParameter(f"invalid shard {value!r}: expected I/N, such as 3/6")
    return int(match[1]), int(match[2])


SECTION = Section.MEASURE


@cloup.command("run")
@cloup.option_group(
    "Run",
    cloup.option("--plan", default="default", show_default=True, help="A plan of the matrix: smoke, default, full."),
    jobs_option,
    cloup.option("--isolate", is_flag=True, help="Run every cell alone, from scratch (slow; same results)."),
    cloup.option("--fresh", is_flag=True, help="Ignore earlier results."),
    cloup.option("--upgrade", is_flag=True, help="Resolve packages again, even if that was done today."),
    deadline_option,
    cloup.option(
        "--install-pythons/--no-install-pythons",
        default=None,
        help="Let uv fetch missing interpreters, or not. "
        "Default: for the plans smoke and default, as uv's settings allow.",
    ),
    cloup.option(
        "--executor",
        type=click.Choice(["local", "dask"]),
        default="local",
        show_default=True,
        help="Who runs the cells: this machine, or the workers of a Dask cluster.",
    ),
)
@filter_options
@covering_options
@scheduler_options
@cloup.option_group(
    "Shards",
    shards_option,
    cloup.option("--shard", callback=_shard, metavar="I/N", help="Run this part of a plan that is split into N."),
    cloup.option(
        "--artifact",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder for one file with all results, for `merge`; written whatever becomes of the run.",
    ),
    times_option,
)
@cloup.option_group("Result", fail_on_option, json_option, out_option)
@cloup.option_group("Files", state_option, scenarios_option, matrix_option, baselines_option)
def run_command(
    plan: str,
    executor: str,
    jobs: int,
    isolate: bool,
    fresh: bool,
    upgrade: bool,
    deadline: float,
    install_pythons: bool | None,
    shards: int | None,
    shard: tuple[int, int] | None,
    artifact: Path | None,
    times: Path | None,
    fail_on: frozenset[str],
    as_json: bool,
    out: Path | None,
    state: Path,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
    baselines: Path,
    filters: Filters,
    sampling: SamplingRequest,
    cluster: Cluster | None,
) -> int:
    """Run the cells of a plan and write the reports.

    Cells whose inputs have not changed since an earlier run are not run again.

    \b
    Examples:
      scrapy-compat run
      scrapy-compat run --plan full --scrapy '>=2.13' --lane 'asyncio-*'
      scrapy-compat run --plan full --cover pairwise --budget 10m
      scrapy-compat run --plan smoke --shards 6 --shard 1/6 --artifact artifacts
      scrapy-compat run --plan smoke --scenarios my_scenarios --scenario my_question
      scrapy-compat run --cell linux-py3.12-scrapy2.13.4-latest/epoll/callback_pending/direct --isolate --fresh
    """
    from harness.commands.run_options import RunOptions
    from harness.runner.progress import RunProgress
    from harness.shards.identity import AskedShard

    if (shards is not None or times is not None) and shard is None:
        raise click.UsageError("--shards and --times split a plan: say with --shard which part is to be run here")
    if shard is not None and shards not in {None, shard[1]}:
        raise click.UsageError(f"--shard {shard[0]}/{shard[1]} is of {shard[1]} shards, and --shards says {shards}")
    if sampling.any and (shard is not None or artifact is not None):
        raise click.UsageError("--cover and --budget choose on one machine: other machines would choose other cells")
    _refuse_mixture(executor, cluster, install_pythons=install_pythons, budget=sampling.budget)
    options = RunOptions(
        plan=plan,
        filters=filters,
        sampling=sampling,
        jobs=jobs,
        isolate=isolate,
        fresh=fresh,
        upgrade=upgrade,
        deadline=deadline,
        install_pythons=install_pythons,
        out=out,
        state=state,
        matrix=matrix,
        baselines=baselines,
        scenarios=scenarios,
        command=tuple(sys.argv[1:]),
        cluster=cluster,
        shard=None if shard is None else AskedShard(number=shard[0], of=shard[1], times=times),
        artifact=artifact,
    )
    screen = console(error=as_json)
    with RunProgress(screen if screen.is_terminal else console(error=True)) as progress:
        # It takes a second to import what runs cells, and to find interpreters.
        progress.step("planning, and looking for " + ("interpreters" if cluster is None else "the scheduler"))
        from harness.commands.run import run_plan

        # What programs read is alone on standard output.
        end = run_plan(options, screen, progress)
    from harness.render.text.run import counts_lines, written_lines

    if as_json:
        print_json(end)
    else:
        print_coloured(counts_lines(end))
        if options.filters.cell:
            from harness.commands.cells import cell_lines

            print_coloured(cell_lines(state, end.run_id, options.filters, "table"))
        print_answer(end.summary.answer, end.run_id, whole=not options.filters.cell)
        print_coloured(written_lines(end))
    return exit_code(
        fail_on, unexpected=end.verdicts["unexpected"], complete=end.complete, outcomes=end.summary.outcomes
    )


def _refuse_mixture(
    executor: str, cluster: Cluster | None, *, install_pythons: bool | None, budget: str | None
) -> None:
    """Raise `ConfigurationError` where options for this machine and for a cluster are mixed."""
    if (executor == "dask") is not (cluster is not None):
        raise ConfigurationError(
            value=f"--executor {executor}",
            cause="runs on a cluster, which --scheduler names" if cluster is None else "runs on no cluster",
            action="give both --executor dask and --scheduler tcp://HOST:PORT, or neither",
        )
    if cluster is not None and install_pythons:
        raise ConfigurationError(
            value="--install-pythons", cause="installs on this machine", action="install them where workers run"
        )
    if cluster is not None and budget is not None:
        raise ConfigurationError(
            value=f"--budget {budget}",
            cause="tells what this machine can do in a time, and not what a cluster can",
            action="choose with --cover pairwise or triples",
        )
