"""Standard input, output and error: there, closed, or nothing that can be written to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.infra.errors import StorageError

_NAMES = ("standard input", "standard output", "standard error")


def open_closed_streams() -> list[str]:
    """Open to nowhere what whoever started this process has closed; return the names of those that are written to.

    Else the next file that is opened takes that number, and gets what others print.
    """
    closed = []
    for number, (attribute, name) in enumerate(zip(("stdin", "stdout", "stderr"), _NAMES, strict=True)):
        if getattr(sys, attribute) is None:
            discard(number)
            setattr(sys, attribute, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
            closed += [name] if number else []
    return closed


def discard(number: int) -> None:
    """Send to nowhere what is written to a stream from now on."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)
    else:
        os.set_inheritable(number, True)  # noqa: FBT003 (it takes no keyword)


@contextmanager
def output_errors() -> Iterator[None]:
    """Turn a refusal of standard output into a `StorageError` that says so."""
    try:
        yield
    except OSError as error:
        # Python would complain once more when it flushes at exit.
        discard(1)
        raise StorageError(
            value=_NAMES[1],
            cause=f"it cannot be written: {error.strerror or error}",
            action="look at where it is redirected to",
        ) from error
