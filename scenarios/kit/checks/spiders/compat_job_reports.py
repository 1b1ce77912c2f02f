"""What a job with spiders tells: what it finds, exceptions, errors that are logged, deprecation warnings."""

import io
import json
import logging
import os
import re
import traceback

from scrapy_compat_process import LANE, write

_TEXT = 4000
"""Characters kept of a traceback."""


class EndsProcessError(Exception):
    """Importing a module has ended its process."""


class Teller:
    """Appends what a job finds to its file."""

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.errors = 0
        self._own = False

    def __call__(self, **found):
        os.write(self._file, json.dumps(found).encode("ascii") + b"\n")

    def error(self, error):
        """Tell an exception; of several the first that comes from the project, else the first: others follow."""
        self.errors += 1
        own = any(_is_own(frame.filename) for frame in traceback.extract_tb(error.__traceback__))
        if self.errors == 1 or (own and not self._own):
            self._own = own
            self(error=_told(error))


def _told(error):
    """Message, place and traceback of an exception; the place is in the project where it can be."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own(frame.filename)]
    place = ["%s:%d" % (frame.filename, frame.lineno) for frame in (own or frames)[-1:]]
    if isinstance(error, SyntaxError) and error.filename:
        place = ["%s:%s" % (error.filename, error.lineno)]
    text = "".join(traceback.format_exception(type(error), error, _from_outside(error.__traceback__)))
    message = "%s: %s" % (type(error).__name__, error)
    if isinstance(error, KeyError) and frames and re.search(r"(^|[/\\])os\.py$|<frozen os>", frames[-1].filename):
        message = "KeyError: the environment variable %s is not set: see `env` in [tool.scrapy-compat]" % error.args[0]
    elif isinstance(error, EndsProcessError):
        message = str(error)
    return [_plain(each) for each in (message.strip().split("\n")[0], "".join(place), text[-_TEXT:])]


def _from_outside(trace):
    """A traceback without the frames of this folder at its beginning."""
    found = trace
    while found is not None and os.path.dirname(found.tb_frame.f_code.co_filename) == os.path.dirname(__file__):
        found = found.tb_next
    return found or trace


def _plain(text):
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_own(file):
    # What is frozen into Python has a name that is no path.
    if file.startswith("<"):
        return False
    return any(os.path.realpath(file).startswith(os.path.join(os.path.realpath(each), "")) for each in LANE["paths"])


class LoggedErrors(logging.Handler):
    """Takes what Scrapy and Twisted log as an error, and what anybody logs with an exception."""

    def __init__(self, told):
        logging.Handler.__init__(self, logging.WARNING)
        self._teller = told

    def emit(self, record):
        if record.name == "py.warnings":
            _logged_warning(record)
        elif record.levelno >= logging.ERROR and record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            if error.__traceback__ is None:
                error = error.with_traceback(record.exc_info[2])
            self._teller.error(error)


def _logged_warning(record):
    found = re.match(r"(.+?):(\d+): (\w*Deprecat\w*): (.*)", record.getMessage())
    if found:
        write("deprecated", place="%s:%s" % found.group(1, 2), text=_plain(found.group(4))[:500])


def warned(message, category, filename, lineno, file=None, line=None):
    if "Deprecat" in category.__name__:
        write("deprecated", place="%s:%d" % (filename, lineno), text=_plain(str(message))[:500])


class Tee:
    """A stream that keeps what is written to it."""

    def __init__(self, stream):
        self._stream = stream
        self._kept = io.StringIO()

    def write(self, text):
        self._kept.write(text)
        return self._stream.write(text)

    def flush(self):
        self._stream.flush()

    def text(self):
        return self._kept.getvalue()
