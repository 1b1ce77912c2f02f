"""The command that renews the published measurements: publish."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, json_option, matrix_option, state_option
from harness.cli.output import print_json
from harness.infra.errors import ExitCode
from harness.infra.platforms import PLATFORMS
from harness.infra.resources import PUBLISHED

SECTION = Section.KEEP


@cloup.command("publish")
@click.option("--platform", type=click.Choice(PLATFORMS), help="Which measurement. Default: this machine's platform.")
@click.option("--anyway", is_flag=True, help="Publish the run that --run names, even if it is a part or incomplete.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=PUBLISHED,
    show_default=True,
    help="Folder of the published measurements, which has a folder for each platform.",
)
@click.option("--run", "run_id", metavar="ID", help="A stored run. Default: the newest of the whole plan full.")
@json_option
@state_option
@matrix_option
@baselines_option
def publish_command(
    platform: str | None,
    anyway: bool,
    into: Path,
    run_id: str | None,
    as_json: bool,
    state: Path,
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Renew a published measurement from a stored run.

    Its report is written to published/<platform>/.

    The run is the newest one of the whole plan full on that platform. No cell is run. A run that is narrowed, of
    another plan or incomplete is refused.

    \b
    Examples:
      scrapy-compat publish
      scrapy-compat publish --platform wine
      scrapy-compat publish --run 20261126T114926Z-055b22 --anyway
    """
    from harness.commands.publish import publish
    from harness.infra.platforms import current_platform
    from harness.workspace import load_workspace

    loaded = load_workspace(matrix)
    chosen = platform or current_platform()
    done = publish(
        state,
        run_id,
        platform=chosen,
        loaded=loaded,
        judge=loaded.judge(baselines),
        folder=into,
        anyway=anyway,
    )
    published, out = done.judged.view.run.id, into / chosen
    if as_json:
        print_json({"run": published, "platform": chosen, "folder": str(out)})
    else:
        click.echo(f"run {published}: published in {out}")
    return ExitCode.COMPLETE
