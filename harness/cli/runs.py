"""`scrapy-compat runs`: the stored runs."""

from __future__ import annotations

from pathlib import Path

import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option, state_option
from harness.cli.output import print_coloured, print_lines, terminal_width
from harness.infra.errors import ExitCode

SECTION = Section.READ


@cloup.command("runs")
@json_option
@state_option
def runs_command(as_json: bool, state: Path) -> int:
    """List the stored runs, oldest first.

    When, of which plan, on which machine, and what each came to.

    Machines have anonymous ids. Verdicts are those of the end of the run, or of its latest report.

    \b
    Examples:
      scrapy-compat runs
      scrapy-compat runs --json | jq 'select(.complete | not) | .id'
    """
    from harness.commands.runs import run_lines, run_objects

    if as_json:
        print_lines(run_objects(state))
    else:
        print_coloured(run_lines(state, terminal_width()))
    return ExitCode.COMPLETE
