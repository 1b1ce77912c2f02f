"""Printing: whole lines for programs, colours for people."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.text import Text


def console(*, error: bool = False) -> Console:
    """A console that prints lines whole where there is no terminal, so that other programs can read them."""
    made = Console(stderr=error)
    return made if made.is_terminal else Console(stderr=error, width=10_000, soft_wrap=True)


def print_lines(lines: Iterator[str], style: Callable[[str], Text] | None = None) -> None:
    """Print to standard output, in colours where there is a terminal; ends quietly when nobody reads on."""
    screen = Console()
    try:
        for line in lines:
            if style is not None and screen.is_terminal:
                screen.print(style(line), soft_wrap=True)
            else:
                click.echo(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
