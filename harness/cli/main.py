"""Start and end of the command: every error becomes one line and an exit code here."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import click
import cloup

from harness.cli.command_group import CommandGroup
from harness.infra.errors import ConfigurationError, ExitCode, HarnessError, StorageError
from harness.infra.interruption import requests_as_interrupt
from harness.infra.machine_limits import refused_by_system
from harness.infra.standard_streams import open_closed_streams


@cloup.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show a traceback for errors, too.")
@click.version_option(package_name="scrapy-compat-harness")
@click.pass_context
def scrapy_compat(context: click.Context, debug: bool) -> None:
    """Measure which way of awaiting a Deferred works with which Python, Scrapy, reactor and event loop.

    \b
    Exit codes: 0 complete and as expected, 1 a defect of the harness, 2 bad configuration or usage,
    3 incomplete (something could not be measured; where CI is not set, missing interpreters alone do
    not count), 4 a cell is unexpected, 5 storage or another refusal of the machine, 130 interrupted.
    """
    context.obj = debug


DEBUG = "--debug"


_LONGEST = 600
"""Characters of each part of the line that tells an error: however long a value is, what to do next is to be seen."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with one of `ExitCode`. `--debug` may stand anywhere."""
    for name in open_closed_streams():
        _say(f"warning: {name} is closed: what is printed there is lost")
    _write_out_what_a_console_cannot_show()
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(int(_run([each for each in given if each != DEBUG], debug=DEBUG in given)))


def _write_out_what_a_console_cannot_show() -> None:
    """Write an arrow as its escape on a console of Windows that speaks cp1252; a command does not fail of it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors="backslashreplace")


def _run(given: Sequence[str], *, debug: bool) -> int:
    try:
        with requests_as_interrupt():
            return scrapy_compat.main(given, prog_name="scrapy-compat", standalone_mode=False) or ExitCode.COMPLETE
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return ExitCode.CONFIGURATION
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted: what had finished is stored; run the same command again to go on")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 (whatever it is, users see one line and an exit code)
        if debug:
            from harness.infra.redaction import redact

            _say(redact(traceback.format_exc()))
        told = _told(error)
        _say(f"error: {_one_line(told)}")
        return told.exit_code


def _say(text: str) -> None:
    """Print to standard error, if there is anybody there: the exit code counts in any case."""
    with suppress(OSError):
        click.echo(text, err=True)


def _told(error: Exception) -> HarnessError:
    """Return what is to be said of any error, with the exit code."""
    if isinstance(error, HarnessError):
        return error
    if isinstance(error, click.ClickException):
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = "scrapy-compat" if context is None else context.command_path
        return ConfigurationError(value="", cause=error.format_message().rstrip("."), action=f"see `{command} --help`")
    refused = refused_by_system(error)
    if refused is not None:
        return refused
    if isinstance(error, OSError):
        return StorageError(
            value=str(error.filename or "input/output"),
            cause=error.strerror or str(error),
            action="check that the place exists, is writable and has room",
        )
    return HarnessError(
        value=f"{type(error).__name__}: {error}",
        cause="this is a defect of the harness",
        action=f"run the command again with {DEBUG} and report the traceback",
    )


def _one_line(error: HarnessError) -> str:
    """Return an error as `value: cause. Next: action`; what it says may come from uv, an index or a cell."""
    from harness.infra.redaction import redact
    from harness.infra.text import one_line

    # Redacted before it is cut: half a secret would not be recognised.
    value, cause, action = (one_line(redact(part), _LONGEST) for part in (error.value, error.cause, error.action))
    return f"{value}{': ' if value else ''}{cause}. Next: {action}"
