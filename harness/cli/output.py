"""Printing: whole lines for programs, colours for people."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def console(*, error: bool = False) -> Console:
    """A console that prints lines whole where there is no terminal, so that other programs can read them."""
    from rich.console import Console

    made = Console(stderr=error)
    return made if made.is_terminal else Console(stderr=error, width=10_000, soft_wrap=True)


def print_lines(lines: Iterator[str], style: Callable[[str], Text] | None = None) -> None:
    """Print to standard output, in colours where there is a terminal; ends quietly when nobody reads on."""
    from rich.console import Console

    screen = Console()
    with _while_read():
        for line in lines:
            if style is not None and screen.is_terminal:
                screen.print(style(line), soft_wrap=True)
            else:
                click.echo(line)


def print_parts(parts: Iterator[str]) -> None:
    """Print a text that comes in parts to standard output, just as it is; ends quietly when nobody reads on."""
    with _while_read():
        for part in parts:
            click.echo(part, nl=False)


@contextmanager
def _while_read() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
