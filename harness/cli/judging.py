"""The commands that judge stored results: claims, baseline."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: FBT001, PLR0917

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import baselines_option, json_option, matrix_option, run_option, scenarios_option, state_option
from harness.cli.output import print_coloured, print_lines
from harness.errors import ExitCode


@click.command("claims")
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
    """Tell what becomes of each claim of the documentation: refuted, unverified, confirmed.

    A refuted claim comes with the cells that refute it, folded, and the id of one of each; an unverified one with
    what it would take. Whether claims.toml itself makes sense is checked first.

    \b
    Examples:
      scrapy-compat claims
      scrapy-compat claims --json | jq 'select(.verdict == "refuted") | .id'
    """
    from harness import judging
    from harness.asking import load

    shape = "json" if as_json else shape
    print_coloured(judging.claim_lines(state, run_id, load(matrix, scenarios), baselines, shape))
    return ExitCode.COMPLETE


@click.group("baseline")
def baseline_group() -> None:
    """Accept the state of a platform, or show what is accepted.

    \b
    Examples:
      scrapy-compat baseline accept && git diff baseline
      scrapy-compat baseline show
    """


@baseline_group.command("accept")
@run_option
@state_option
@scenarios_option
@matrix_option
@baselines_option
@json_option
def accept_command(
    run_id: str | None,
    state: Path,
    scenarios: tuple[Path, ...],
    matrix: Path | None,
    baselines: Path,
    as_json: bool,
) -> int:
    """Write what a stored run gave, where no claim accounts for it, into the baseline of its platform.

    What was accepted of other cells stays; what is about cells that do not exist (any more) is named and dropped.

    \b
    Example:
      scrapy-compat baseline accept && git diff baseline
    """
    from harness import judging
    from harness.asking import load
    from harness.render.plain import json_text

    done = judging.accept(state, run_id, load(matrix, scenarios), baselines)
    print_lines(map(json_text, done) if as_json else (line for each in done for line in each.lines()))
    return ExitCode.COMPLETE


@baseline_group.command("show")
@scenarios_option
@matrix_option
@baselines_option
@json_option
def show_command(scenarios: tuple[Path, ...], matrix: Path | None, baselines: Path, as_json: bool) -> int:
    """Print what is accepted, and name what is stale: about cells that do not exist (any more).

    \b
    Example:
      scrapy-compat baseline show
    """
    from harness import judging
    from harness.asking import load
    from harness.render.plain import json_text

    found = judging.baselines_told(load(matrix, scenarios), baselines)
    print_lines(map(json_text, found) if as_json else (line for each in found for line in each.lines()))
    return ExitCode.COMPLETE
