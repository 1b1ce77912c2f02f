"""`scrapy-compat update`: new releases for the matrix."""

from __future__ import annotations

from pathlib import Path

import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option, matrix_option
from harness.cli.output import print_lines
from harness.infra.errors import ExitCode

SECTION = Section.KEEP


@cloup.command("update")
@json_option
@matrix_option
def update_command(as_json: bool, matrix: Path | None) -> int:
    """Add new Scrapy releases to matrix.toml.

    They are those of the configured package index.

    \b
    Example:
      scrapy-compat update && git diff matrix.toml
    """
    from harness.commands.update import update_matrix_file
    from harness.render.text.update import update_lines
    from harness.render.to_plain import json_text

    path, updates = update_matrix_file(matrix)
    if as_json:
        print_lines(map(json_text, updates))
    else:
        print_lines(update_lines(path, updates))
    return ExitCode.COMPLETE
