"""`scrapy-compat claims`: what becomes of each claim of the documentation."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, json_option, matrix_option, run_option, scenarios_option, state_option
from harness.cli.output import print_coloured
from harness.infra.errors import ExitCode

SECTION = Section.EXPLAIN


@cloup.command("claims")
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
@json_option
@run_option
@state_option
@scenarios_option
@matrix_option
@baselines_option
def claims_command(
    shape: str,
    as_json: bool,
    run_id: str | None,
    state: Path,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
    baselines: Path,
) -> int:
    """Check each documented claim: refuted, unverified or confirmed.

    A refuted claim comes with the cells that refute it, folded, and the id of one of each; an unverified one with
    what it would take. Whether claims.toml itself makes sense is checked first.

    \b
    Examples:
      scrapy-compat claims
      scrapy-compat claims --json | jq 'select(.verdict == "refuted") | .id'
    """
    from harness.commands.claims import claim_lines
    from harness.workspace import load_workspace

    shape = "json" if as_json else shape
    print_coloured(claim_lines(state, run_id, load_workspace(matrix, scenarios), baselines, shape))
    return ExitCode.COMPLETE
