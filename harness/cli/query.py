"""`scrapy-compat query`: a question in SQL about stored runs."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, matrix_option, state_option
from harness.cli.output import print_lines
from harness.infra.errors import ExitCode

SHAPES = ("table", "json", "csv")


SECTION = Section.READ


@cloup.command("query")
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
    from harness.commands.query import query_runs
    from harness.workspace import load_workspace

    judge = load_workspace(matrix).judge(baselines)
    print_lines(query_runs(state, run_ids, sql, shape, judge, every=all_runs))
    return ExitCode.COMPLETE
