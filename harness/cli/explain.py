"""`scrapy-compat explain`: a stored run as rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cloup

from harness.cli.command_group import Section
from harness.cli.options import filter_options, json_option, run_option, state_option
from harness.cli.output import print_coloured
from harness.infra.errors import ExitCode

if TYPE_CHECKING:
    from harness.workspace import Filters

SECTION = Section.EXPLAIN


@cloup.command("explain")
@filter_options
@json_option
@run_option
@state_option
def explain_command(as_json: bool, run_id: str | None, state: Path, filters: Filters) -> int:
    """Print the fewest rules that reproduce a stored run.

    They reproduce every judged cell: general ones come first, then exceptions. A rule names what, changed
    alone, changes the result, how many cells it decides, and one of them. --json has the number of minimal pairs, too.

    \b
    Examples:
      scrapy-compat explain
      scrapy-compat explain --helper direct --scrapy '>=2.13'
    """
    from harness.commands.explain import explain_lines

    print_coloured(explain_lines(state, run_id, filters, as_json=as_json))
    return ExitCode.COMPLETE
