"""The command line: the only place that parses, prints and exits."""

from harness.cli.main import main

__all__ = ["main"]
