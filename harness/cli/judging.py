"""The commands that judge stored results: claims, baseline."""

# Parameters of a command are positional for click, which passes them by name.
# ruff: noqa: PLR0917

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import baselines_option, matrix_option, run_option, scenarios_option, state_option
from harness.cli.output import print_lines
from harness.errors import ExitCode


@click.command("claims")
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
@run_option
@state_option
@scenarios_option
@matrix_option
@baselines_option
def claims_command(
    shape: str,
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
      scrapy-compat claims --format json | jq 'select(.verdict == "refuted") | .id'
    """
    from harness import judging
    from harness.asking import load

    print_lines(judging.claim_lines(state, run_id, load(matrix, scenarios), baselines, shape))
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
def accept_command(
    run_id: str | None, state: Path, scenarios: tuple[Path, ...], matrix: Path | None, baselines: Path
) -> int:
    """Write what a stored run gave, where no claim accounts for it, into the baseline of its platform.

    What was accepted of other cells stays; what is about cells that do not exist (any more) is named and dropped.

    \b
    Example:
      scrapy-compat baseline accept && git diff baseline
    """
    from harness import judging
    from harness.asking import load

    print_lines(judging.accept(state, run_id, load(matrix, scenarios), baselines))
    return ExitCode.COMPLETE


@baseline_group.command("show")
@scenarios_option
@matrix_option
@baselines_option
def show_command(scenarios: tuple[Path, ...], matrix: Path | None, baselines: Path) -> int:
    """Print what is accepted, and name what is stale: about cells that do not exist (any more).

    \b
    Example:
      scrapy-compat baseline show
    """
    from harness import judging
    from harness.asking import load

    print_lines(judging.baseline_lines(load(matrix, scenarios), baselines))
    return ExitCode.COMPLETE
