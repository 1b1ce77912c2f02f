"""`scrapy-compat pythons`: the interpreters of the matrix."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import json_option, matrix_option
from harness.cli.output import console, print_json, print_lines, terminal_width
from harness.infra.errors import ExitCode

_platform_option = click.option(
    "--platform", metavar="NAME", help="Those of this platform: this machine's own, or wine. Default: its own."
)


SECTION = Section.MEASURE


@cloup.group("pythons", invoke_without_command=True)
@matrix_option
@click.option("--install", is_flag=True, help="The same as `pythons install`.")
@_platform_option
@json_option
@click.pass_context
def pythons_command(
    context: click.Context, matrix: Path | None, install: bool, platform: str | None, as_json: bool
) -> int:
    """List the interpreters that the matrix asks for.

    Where they were found, what is missing, and what to do about it.

    \b
    Examples:
      SCRAPY_COMPAT_PYTHONS=/opt/python3.14/bin/python scrapy-compat pythons
      scrapy-compat pythons --platform wine
    """
    if context.invoked_subcommand is not None:
        return ExitCode.COMPLETE
    return _pythons(matrix, platform, (), install=install, as_json=as_json)


@pythons_command.command("install")
@_platform_option
@click.option("--python", multiple=True, metavar="SELECT", help="Only these: 3.11, '>=3.9'. May be repeated.")
@matrix_option
@json_option
def pythons_install_command(platform: str | None, python: tuple[str, ...], matrix: Path | None, as_json: bool) -> int:
    """Fetch the interpreters that are missing: through uv, and for wine Windows builds from the package index.

    \b
    Examples:
      scrapy-compat pythons install
      scrapy-compat pythons install --platform wine --python 3.11 --python 3.13
    """
    return _pythons(matrix, platform, python, install=True, as_json=as_json)


def _pythons(
    matrix: Path | None, platform: str | None, python: tuple[str, ...], *, install: bool, as_json: bool
) -> int:
    from harness.commands.pythons import find_pythons
    from harness.infra.platforms import current_platform
    from harness.render.text.pythons import pythons_json, pythons_lines

    selected = [part for text in python for part in text.split(",")]
    say = partial(console(error=as_json).print, highlight=False, markup=False)
    found = find_pythons(matrix, platform or current_platform(), selected, install=install, say=say)
    if as_json:
        print_json(pythons_json(found))
    else:
        print_lines(pythons_lines(found, terminal_width()))
    return ExitCode.INCOMPLETE if found.missing else ExitCode.COMPLETE
