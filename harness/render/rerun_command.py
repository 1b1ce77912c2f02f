"""The command that runs a cell of a stored run again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

_KEPT = ("--scenarios", "--matrix")
"""Options of the run without which a cell of it may not be known."""


def run_again(command: Sequence[str], *cells: str) -> str:
    """Return the command line that runs cells of the run that `command` started, each alone."""
    return shlex.join(words_of_running_again(command, *cells))


def words_of_running_again(command: Sequence[str], *cells: str) -> list[str]:
    """Return the words of that command line, unquoted, for any shell."""
    named = [word for cell in cells for word in ("--cell", cell)]
    return ["scrapy-compat", "run", *_kept(command), *named, "--isolate", "--fresh"]


def _kept(command: Sequence[str]) -> Iterator[str]:
    for number, argument in enumerate(command):
        name, equals, value = argument.partition("=")
        if name in _KEPT:
            yield from (name, value) if equals else command[number : number + 2]
