"""`scrapy-compat try`: a project of one's own under the matrix."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup
from click.core import ParameterSource

from harness.cli.command_group import Section
from harness.cli.options import budget_or_none, filter_options, jobs_option, json_option, matrix_option
from harness.cli.output import console, print_coloured, print_json, print_lines
from harness.infra.errors import ExitCode

if TYPE_CHECKING:
    from harness.commands.run_options import RunOptions
    from harness.commands.try_opened import TryOptions
    from harness.interpreters.downloads import Say
    from harness.runner.progress import RunProgress
    from harness.runner.time_budget import TimeBudget
    from harness.targets.target_answer import TargetAnswer
    from harness.targets.target_list import TargetLine
    from harness.targets.tried_target import TriedTarget
    from harness.workspace import Filters, PlannedRun

SECTION = Section.MEASURE


class _Split(cloup.Command):
    """Targets stand before `--`, arguments of pytest behind it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what stands behind `--` off the command line."""
        place = args.index("--") if "--" in args else len(args)
        left = super().parse_args(ctx, args[:place])
        ctx.params["arguments"] = tuple(args[place + 1 :])
        ctx.params["words"] = tuple(_words(ctx))
        return left


def _words(context: click.Context) -> Iterator[str]:
    """Yield the options that were written, without those that name targets and the folder of runs."""
    for option in context.command.params:
        name = option.name or ""
        written = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not isinstance(option, click.Option) or not written or name in {"files", "state"}:
            continue
        value = context.params[name]
        if option.is_flag:
            yield max(option.opts, key=len)
        else:
            for each in value if isinstance(value, tuple) else (value,):
                yield from (max(option.opts, key=len), str(each))


@cloup.command("try", cls=_Split)
@click.argument("targets", nargs=-1, metavar="TARGET...")
@cloup.option_group(
    "Try",
    cloup.option(
        "-r",
        "--requirement",
        "files",
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="A file of targets, one a line.",
    ),
    cloup.option("--plan", "only_plan", is_flag=True, help="Print what was read and what would run; run nothing."),
    cloup.option(
        "--check",
        "checks",
        multiple=True,
        type=click.Choice(["load", "suite", "contracts"]),
        help="Only these. Default: all that the target has.",
    ),
    cloup.option("--project", metavar="FOLDER", help="The folder of a scrapy.cfg in the target, where it has several."),
    cloup.option(
        "--against",
        metavar="RELEASE",
        help="Tell what changed from this release of Scrapy to that of --scrapy (default: the newest).",
    ),
    cloup.option(
        "--with",
        "requirements",
        multiple=True,
        metavar="REQUIREMENT",
        help="Install this beside what the tests were found to need, such as pytest-twisted.",
    ),
    cloup.option(
        "--budget",
        callback=budget_or_none,
        metavar="TIME|none",
        help="Time for each target (90s, 10m, 1h): nothing but its control starts after it; the same command goes on. "
        "Default: 10m, and none where filters, --check or --against choose.",
    ),
    cloup.option("--network", is_flag=True, help="Let the tests reach beyond this machine."),
    jobs_option,
    cloup.option("--fresh", is_flag=True, help="Ignore earlier results."),
    cloup.option("--upgrade", is_flag=True, help="Resolve packages again, even if that was done today."),
)
@filter_options
@cloup.option_group(
    "Result",
    json_option,
    cloup.option(
        "--fail-on",
        type=click.Choice(["declared", "none"]),
        default="none",
        show_default=True,
        help="declared: exit code 4 where it does not work with a Scrapy or a Python that it declares.",
    ),
    cloup.option(
        "--emit",
        type=click.Choice(["tox", "nox", "github", "issue", "readme"]),
        help="Print this and nothing else: the smallest CI matrix that catches every cause, the text of an issue, a "
        "table for a README.",
    ),
)
@cloup.option_group(
    "Files",
    cloup.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the report. Default: `report` in that of the runs.",
    ),
    cloup.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder in which runs are stored. Default: a folder of the user's; nothing is written into the target.",
    ),
    matrix_option,
)
def try_command(
    targets: tuple[str, ...],
    arguments: tuple[str, ...],
    words: tuple[str, ...],
    files: tuple[Path, ...],
    only_plan: bool,
    checks: tuple[str, ...],
    project: str | None,
    against: str | None,
    budget: tuple[str, float | None] | None,
    requirements: tuple[str, ...],
    network: bool,
    jobs: int,
    fresh: bool,
    upgrade: bool,
    as_json: bool,
    fail_on: str,
    emit: str | None,
    out: Path | None,
    state: Path | None,
    matrix: Path | None,
    filters: Filters,
) -> int:
    """Run a project's own tests, or start its spiders.

    TARGET is a folder, a source archive, or a release such as scrapy-poet==0.26. What stands behind `--` is given to
    pytest. Of a Scrapy project (scrapy.cfg) every spider is started, and no request is sent. Several targets are tried
    one after the other and end with one table.

    \b
    Examples:
      scrapy-compat try .
      scrapy-compat try . --plan
      scrapy-compat try ./crawler --project jobs/shop
      scrapy-compat try scrapy-deltafetch==2.1.0 --scrapy '>=2.13'
      scrapy-compat try . --python 3.12 --lane 'asyncio-*' -- -k engine
      scrapy-compat try -r plugins.txt --scrapy 2.19 --against 2.18
    """
    from harness.commands.try_opened import TryOptions
    from harness.commands.try_several import try_each
    from harness.runner.progress import RunProgress
    from harness.targets.target_list import listed_targets

    listed = listed_targets(targets, files)
    if emit is not None and (as_json or only_plan or len(listed) > 1):
        raise click.UsageError("--emit prints one text: of one target, without --json and --plan")
    if only_plan and as_json:
        raise click.UsageError("--plan prints lines for people: leave out --json")
    options = TryOptions(
        target=listed[0], filters=filters, state=state, matrix=matrix, jobs=jobs, fresh=fresh, upgrade=upgrade,
        network=network, checks=checks, project=project, arguments=arguments, words=words, against=against,
        budget=budget, requirements=requirements, out=out,
    )  # fmt: skip
    screen = console(error=True)

    def say(text: str) -> None:
        # On the console of the live display, which a second one would tear.
        screen.print(text, highlight=False, markup=False)

    with RunProgress(screen) as progress:
        look = _plan if only_plan else _try
        lines = try_each(options, listed, lambda asked: look(asked, progress, say))
    if only_plan:
        _print_plans(lines)
    else:
        _print_answers(lines, as_json=as_json, emit=emit, out=out)
    errors = [line.exit_code for line in lines if line.error is not None]
    if not errors and fail_on == "declared" and any(line.fails_as_declared for line in lines):
        return ExitCode.UNEXPECTED
    return max(errors or [line.exit_code for line in lines])


def _plan(options: TryOptions, progress: RunProgress, say: Say) -> TargetLine:
    """Return what would run for a target."""
    from harness.commands.try_opened import opened_target
    from harness.targets.target_list import TargetLine

    progress.step(f"reading {options.target}")
    with opened_target(options, say) as opened:
        return TargetLine(target=options.target, read=opened.read)


def _try(options: TryOptions, progress: RunProgress, say: Say) -> TargetLine:
    """Return what became of a target."""
    from harness.commands.run import run_planned
    from harness.commands.try_ import TargetRun
    from harness.commands.try_answer import answered
    from harness.commands.try_opened import opened_target
    from harness.render.text.try_ import first_answer_lines
    from harness.targets.target_list import TargetLine

    began = time.monotonic()

    def run(asked: RunOptions, planned: PlannedRun, stop: TimeBudget) -> str:
        return run_planned(asked, planned, opened.stocks, stop=stop, say=say, progress=progress).run_id

    def tell(tried: TriedTarget, found: TargetAnswer) -> None:
        for line in first_answer_lines(tried, found, time.monotonic() - began):
            say(line)

    progress.step(f"reading {options.target}")
    with opened_target(options, say) as opened:
        tried = TargetRun(opened, run, progress).tried(tell)
        return TargetLine(target=options.target, read=opened.read, tried=tried, answer=answered(tried, opened.compared))


def _print_plans(lines: list[TargetLine]) -> None:
    from harness.render.text.target_table import untried_lines
    from harness.render.text.try_ import plan_lines

    for number, line in enumerate(lines):
        if number:
            print_lines([""])
        print_lines(untried_lines(line) if line.read is None else plan_lines(line.read))


def _print_answers(lines: list[TargetLine], *, as_json: bool, emit: str | None, out: Path | None) -> None:
    """Write the report of each target, and print what was asked for."""
    from harness.render.emitted import emitted
    from harness.render.target_document import target_document
    from harness.render.target_report import write_target_report
    from harness.render.text.target_table import line_document, target_lines
    from harness.render.text.try_ import answer_lines

    several = len(lines) > 1
    for line in lines:
        if line.tried is None or line.answer is None:
            continue
        state = line.tried.read.state
        folder = state / "report" if out is None else out / state.name if several else out
        page = write_target_report(line.tried, line.answer, folder)
        if emit is not None:
            print_lines(emitted(emit, line.tried, line.answer).splitlines())
        elif as_json and not several:
            print_json(target_document(line.tried, line.answer))
        elif not several:
            print_coloured(answer_lines(line.tried, line.answer, page))
    if several and as_json:
        print_json({"targets": [line_document(line) for line in lines]})
    elif several and emit is None:
        print_coloured(target_lines(lines))
