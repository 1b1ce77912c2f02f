"""Printing: whole lines for programs, colours for people, and nothing that moves a cursor for either."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from harness.infra.standard_streams import discard, output_errors

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from harness.store.summary import Answer


def console(*, error: bool = False) -> Console:
    """Return a console that prints lines whole where there is no terminal, so that other programs can read them."""
    from rich.console import Console

    made = Console(stderr=error)
    return made if made.is_terminal else Console(stderr=error, width=10_000, soft_wrap=True)


def terminal_width() -> int | None:
    """Return the columns of the terminal that standard output is; None where it is none."""
    from rich.console import Console

    screen = Console()
    return screen.width if screen.is_terminal else None


def print_json(value: object) -> None:
    """Print anything that a command knows as one object on one line."""
    from harness.render.to_plain import json_text

    print_lines([json_text(value)])


def print_coloured(lines: Iterable[str]) -> None:
    """Print lines that say outcomes, verdicts and changes."""
    from harness.render.colours import coloured

    print_lines(lines, coloured)


def print_lines(lines: Iterable[str], style: Callable[[str], Text] | None = None, *, error: bool = False) -> None:
    """Print to standard output or standard error, in colours where there is a terminal and `NO_COLOR` is not set.

    What is not printable is written out, wherever a line comes from. Ends quietly when nobody reads on.
    """
    from rich.console import Console

    from harness.infra.text import visible

    screen = Console(stderr=error)
    with _while_read():
        for line in map(visible, lines):
            if style is not None and screen.is_terminal and not screen.no_color:
                screen.print(style(line), soft_wrap=True)
            else:
                click.echo(line, err=error)


def print_exactly(lines: Iterable[str]) -> None:
    """Print lines that a program reads to standard output, as they are."""
    with _while_read():
        for line in lines:
            click.echo(line)


def print_answer(answer: Answer | None, run_id: str, *, whole: bool = True) -> None:
    """Print the answer of a run; without its table unless `whole`. Ends quietly when nobody reads on."""
    from rich.console import Console
    from rich.text import Text

    from harness.render.answer_text import WIDTH, answer_parts

    if answer is None:
        return
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=WIDTH)
    with _while_read():
        for part in answer_parts(answer, run_id, screen.width, whole=whole):
            if isinstance(part, Text):
                screen.print(part, soft_wrap=True)
                continue
            for segments in screen.render_lines(part, pad=False):
                line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
                line.rstrip()
                screen.print(line, soft_wrap=True)


def print_parts(parts: Iterator[str]) -> None:
    """Print a text that comes in parts to standard output, just as it is; ends quietly when nobody reads on.

    What is no terminal gets what the same text is in a file: UTF-8, its lines ended alike on every system.
    """
    as_file = not sys.stdout.isatty()
    with _while_read():
        for part in parts:
            click.echo(part.encode() if as_file else part, nl=False)


@contextmanager
def _while_read() -> Iterator[None]:
    with output_errors():
        try:
            yield
            sys.stdout.flush()
        except OSError as error:
            # Windows says `Invalid argument` of a pipe that nobody reads any more.
            if not isinstance(error, BrokenPipeError) and (sys.platform != "win32" or error.errno != errno.EINVAL):
                raise
            # Python would complain once more when it flushes at exit.
            discard(sys.stdout.fileno())
