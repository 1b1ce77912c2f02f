"""`scrapy-compat baseline`: accept the state of a platform, or show it."""

from __future__ import annotations

from pathlib import Path

import cloup

from harness.cli.command_group import Section
from harness.cli.options import baselines_option, json_option, matrix_option, run_option, scenarios_option, state_option
from harness.cli.output import print_lines
from harness.infra.errors import ExitCode

SECTION = Section.KEEP


@cloup.group("baseline")
def baseline_command() -> None:
    """Accept the state of a platform, or show what is accepted.

    \b
    Examples:
      scrapy-compat baseline accept && git diff baseline
      scrapy-compat baseline show
    """


@baseline_command.command("accept")
@run_option
@state_option
@scenarios_option
@matrix_option
@baselines_option
@json_option
def baseline_accept_command(
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
    from harness.commands.baseline import accept
    from harness.render.to_plain import json_text
    from harness.workspace import load_workspace

    done = accept(state, run_id, load_workspace(matrix, scenarios), baselines)
    print_lines(map(json_text, done) if as_json else (line for each in done for line in each.lines()))
    return ExitCode.COMPLETE


@baseline_command.command("show")
@scenarios_option
@matrix_option
@baselines_option
@json_option
def baseline_show_command(scenarios: tuple[Path, ...], matrix: Path | None, baselines: Path, as_json: bool) -> int:
    """Print what is accepted, and name what is stale: about cells that do not exist (any more).

    \b
    Example:
      scrapy-compat baseline show
    """
    from harness.commands.baseline import baseline_summaries
    from harness.render.to_plain import json_text
    from harness.workspace import load_workspace

    found = baseline_summaries(load_workspace(matrix, scenarios), baselines)
    print_lines(map(json_text, found) if as_json else (line for each in found for line in each.lines()))
    return ExitCode.COMPLETE
