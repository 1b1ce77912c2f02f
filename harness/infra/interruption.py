"""Requests to end: Ctrl-C, SIGTERM, a closed terminal (SIGHUP), on Windows Ctrl-Break."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from harness.infra.errors import ExitCode
from harness.infra.standard_streams import discard

if sys.platform == "win32":
    _REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
else:
    import termios

    _REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_heard: list[int] = []
"""Requests other than Ctrl-C, of which only the first counts."""


def end_at_once() -> None:
    """Let any request end the process with one line: before anything has begun, and after all of it has ended."""

    def end(_number: int, _frame: FrameType | None) -> None:
        # An exception would come out of whichever import is under way, and some turn it into another one.
        with suppress(OSError):
            os.write(2, b"interrupted\n")
        os._exit(ExitCode.INTERRUPTED)

    for number in _heeded():
        signal.signal(number, end)


@contextmanager
def requests_as_interrupt() -> Iterator[None]:
    """Raise `KeyboardInterrupt` for Ctrl-C and for the first request of another kind; later ones end nothing.

    Whoever ends a job sends several: what had finished is still being written then.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if sys.platform != "win32" and number == signal.SIGHUP:
            leave_closed_terminal()
        if not _heard:
            _heard.append(number)
            raise KeyboardInterrupt

    _heard.clear()
    handlers = {number: signal.default_int_handler if number == signal.SIGINT else interrupt for number in _heeded()}
    previous = [(number, signal.signal(number, handler)) for number, handler in handlers.items()]
    try:
        yield
    finally:
        for number, before in previous:
            signal.signal(number, before)


@contextmanager
def finishing() -> Iterator[None]:
    """Let no further request but Ctrl-C end what is done meanwhile: writing what had finished takes a moment."""
    _heard.append(0)
    try:
        yield
    finally:
        _heard.remove(0)


def leave_closed_terminal() -> None:
    """Send to nowhere what would be printed on a terminal that is gone, where each line would be an error."""
    if sys.platform != "win32":
        for number in (1, 2):
            try:
                termios.tcgetattr(number)
            except termios.error as error:
                # Of what never was a terminal it says ENOTTY.
                if error.args[0] == errno.EIO:
                    discard(number)


def _heeded() -> list[signal.Signals]:
    """Return the signals that are requests, without those that `nohup`, or a script in whose background this runs,
    has had ignored."""
    return [number for number in _REQUESTS if signal.getsignal(number) is not signal.SIG_IGN]
