"""What can go wrong with the harness itself, and the exit codes of the command.

A cell that fails is data, not an error. An error names the value that was wrong, why it is wrong,
and what to do next; `harness/cli/main.py` prints it and ends with its exit code.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `scrapy-compat`; the table in README.md is checked against this one."""

    COMPLETE = 0
    """Everything the plan asked for was measured; or only interpreters are missing, and `CI` is not set."""
    INTERNAL = 1
    """A defect of the harness: a traceback with `--debug`."""
    CONFIGURATION = 2
    """The command line, `matrix.toml`, `claims.toml`, a baseline or a scenario cannot be used as it is."""
    INCOMPLETE = 3
    """Something the plan asked for could not be measured; the report says what and why. Where `CI` is not set, missing
    interpreters alone do not count."""
    UNEXPECTED = 4
    """A cell is not as the claims of the documentation and the accepted baseline say."""
    STORAGE = 5
    """The results cannot be written or read: a full disk, a damaged or locked store. Or the machine refuses something
    else: memory, open files, threads."""
    INTERRUPTED = 130
    """Ctrl-C, a termination signal or a closed terminal; what had finished is kept."""


class HarnessError(Exception):
    """An error with the offending value, its cause and what to do next.

    `str()` gives the one line that users see: `value: cause. Next: action`.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, *, value: str, cause: str, action: str) -> None:
        self.value = value
        self.cause = cause
        self.action = action
        super().__init__(f"{value}: {cause}. Next: {action}")


class ConfigurationError(HarnessError):
    """The matrix, a scenario or the command line cannot be used as it is."""

    exit_code = ExitCode.CONFIGURATION


class StorageError(HarnessError):
    """The store or the reports cannot be written or read."""

    exit_code = ExitCode.STORAGE


class MachineError(HarnessError):
    """The system refuses what a command needs: memory, open files, threads."""

    exit_code = ExitCode.STORAGE


class ToolError(HarnessError):
    """A program that the harness depends on (uv) is missing or answered with what it never should."""

    exit_code = ExitCode.INTERNAL
