"""Start and end of the command: every error becomes one line and an exit code here."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from harness.cli import answering, reporting, searches, upkeep  # noqa: F401  (they add their commands to the group)
from harness.cli.commands import scrapy_compat
from harness.errors import ConfigurationError, ExitCode, HarnessError


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """A polite request to end (SIGTERM) is treated as Ctrl-C: what had finished is stored."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with one of `ExitCode`."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        with _termination_as_interrupt():
            code = scrapy_compat.main(given, prog_name="scrapy-compat", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = ExitCode.CONFIGURATION
    except HarnessError as error:
        if debug:
            raise
        click.echo(f"error: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: what had finished is stored; run the same command again to go on", err=True)
        code = ExitCode.INTERRUPTED
    except OSError as error:
        if debug:
            raise
        wrapped = ConfigurationError(
            value=str(error.filename or "input/output"),
            cause=error.strerror or str(error),
            action="check that the place exists, is writable and has room",
        )
        click.echo(f"error: {wrapped}", err=True)
        code = ExitCode.STORAGE
    except Exception as error:
        if debug:
            raise
        defect = HarnessError(
            value=f"{type(error).__name__}: {error}",
            cause="this is a defect of the harness",
            action="run the command again as `scrapy-compat --debug ...` and report the traceback",
        )
        click.echo(f"error: {defect}", err=True)
        code = ExitCode.INTERNAL
    sys.exit(int(code or 0))
