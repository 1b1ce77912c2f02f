"""`scrapy-compat report`: judge a stored run again and render it."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, exit_code, fail_on_option, matrix_option, run_option, state_option
from harness.cli.output import print_parts
from harness.render.formats import FORMATS

_WIDTH = max(map(len, FORMATS))
_HELP = "\n".join(f"{name:{_WIDTH}}  {each.file}: {each.about}" for name, each in FORMATS.items())

SECTION = Section.READ


@cloup.command(
    "report",
    help=f"""Judge a stored run again and write its reports.

No cell is run.

\b
{_HELP}

\b
Examples:
  scrapy-compat report --out elsewhere
  scrapy-compat report --format junit --format ctrf --out results
  scrapy-compat report --format summary --out - >> "$GITHUB_STEP_SUMMARY"
""",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(FORMATS)),
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
    from harness.commands.report import STDOUT, render_report
    from harness.workspace import load_workspace

    found = render_report(state, run_id, list(dict.fromkeys(formats)), out, load_workspace(matrix).judge(baselines))
    print_parts(found.printed)
    verdicts = found.judged.judgement.told_counts
    to_log = out == STDOUT
    if found.written:
        click.echo(f"run {found.judged.view.run.id}: wrote {_told(found.written)}", err=to_log)
    click.echo(f"Verdicts: {', '.join(f'{verdict} {count}' for verdict, count in verdicts.items())}", err=to_log)
    view = found.judged.view
    outcomes = {outcome.value: count for outcome, count in view.outcomes.items()}
    return exit_code(fail_on, unexpected=verdicts["unexpected"], complete=view.complete, outcomes=outcomes)


_NAMED = 12


def _told(paths: tuple[Path, ...]) -> str:
    """Return the paths, or of very many their folder."""
    if len(paths) <= _NAMED:
        return ", ".join(map(str, paths))
    folders = list(dict.fromkeys(str(path.parent) for path in paths))
    return f"{len(paths)} files in {', '.join(folders)}"
