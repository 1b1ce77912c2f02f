"""The command line: the only place that parses, prints and exits. A module has the name of its command.

`main` finds commands and turns errors into exit codes, `options` has what several commands share, `output` prints.
"""

from harness.cli.main import main

__all__ = ["main"]
