"""The commands that render stored results and answer questions about them: report, query."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001, PLR0917

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.commands import scrapy_compat
from harness.cli.options import baselines_option, exit_code, fail_on_option, matrix_option, run_option, state_option
from harness.cli.output import print_lines, print_parts
from harness.errors import ExitCode

# Named here, too, so that the command line itself does without the formats; a test holds them together.
FORMATS = (
    "json",
    "compat",
    "markdown",
    "html",
    "junit",
    "ctrf",
    "summary",
    "annotations",
    "pull-request",
    "csv",
    "parquet",
    "badges",
)
SHAPES = ("table", "json", "csv")


@scrapy_compat.command("report")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="What to write; may be repeated. Default: the files that `run` writes.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, allow_dash=True, path_type=Path),
    help="Folder for the reports, or - for standard output. Default: reports/, and for annotations -.",
)
@run_option
@fail_on_option
@state_option
@matrix_option
@baselines_option
def report_command(
    formats: tuple[str, ...],
    out: Path | None,
    run_id: str | None,
    fail_on: frozenset[str],
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Judge a stored run again and write reports of it, without running a cell.

    \b
    json, compat     matrix.json, compat.json: for programs, with JSON Schemas
    markdown, html   matrix.md, index.html: the whole report, to be read, to be explored
    junit, ctrf      junit.xml, ctrf.json: cells as tests; expected failures are skipped
    summary          summary.md, for $GITHUB_STEP_SUMMARY: the unexpected first
    annotations      ::error of GitHub Actions for unexpected cells
    pull-request     pull-request.md, a comment: what is unexpected, what changed
    badges           badges/: SVG and shields.io endpoint for each platform and lane
    csv, parquet     cells.csv, cells.parquet: for a notebook

    \b
    Examples:
      scrapy-compat report --out elsewhere
      scrapy-compat report --format junit --format ctrf --out results
      scrapy-compat report --format summary --out - >> "$GITHUB_STEP_SUMMARY"
    """
    from harness import reporting
    from harness.asking import load

    found = reporting.report(state, run_id, list(dict.fromkeys(formats)), out, load(matrix).judge(baselines))
    print_parts(found.printed)
    verdicts = found.judged.judgement.told_counts
    to_log = out == reporting.STDOUT
    if found.written:
        click.echo(f"run {found.judged.view.run.id}: wrote {_told(found.written)}", err=to_log)
    click.echo(f"Verdicts: {', '.join(f'{verdict} {count}' for verdict, count in verdicts.items())}", err=to_log)
    view = found.judged.view
    outcomes = {outcome.value: count for outcome, count in view.outcomes.items()}
    return exit_code(fail_on, unexpected=verdicts["unexpected"], complete=view.complete, outcomes=outcomes)


_NAMED = 12


def _told(paths: tuple[Path, ...]) -> str:
    """The paths, or of very many their folder."""
    if len(paths) <= _NAMED:
        return ", ".join(map(str, paths))
    folders = list(dict.fromkeys(str(path.parent) for path in paths))
    return f"{len(paths)} files in {', '.join(folders)}"


@scrapy_compat.command("query")
@click.argument("sql")
@click.option("--format", "shape", type=click.Choice(SHAPES), default="table", show_default=True)
@click.option(
    "--run", "run_ids", multiple=True, metavar="ID", help="A stored run; may be repeated. Default: the latest."
)
@click.option("--all-runs", is_flag=True, help="All stored runs.")
@state_option
@matrix_option
@baselines_option
def query_command(
    sql: str,
    shape: str,
    run_ids: tuple[str, ...],
    all_runs: bool,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Answer a question in SQL about the cells of stored runs.

    The tables are cells, environments, packages and runs, in DuckDB's SQL; `DESCRIBE cells` names the columns.
    Nothing is changed, and no file can be read or written. It takes DuckDB: pip install 'scrapy-compat-harness[query]'.

    \b
    Examples:
      scrapy-compat query "SELECT helper, outcome, count(*) FROM cells GROUP BY ALL ORDER BY ALL"
      scrapy-compat query "SELECT * FROM cells WHERE verdict = 'unexpected'" --format csv
    """
    from harness import reporting
    from harness.asking import load

    judge = load(matrix).judge(baselines)
    print_lines(reporting.query(state, run_ids, sql, shape, judge, every=all_runs))
    return ExitCode.COMPLETE
