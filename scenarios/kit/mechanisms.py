"""Why a cell failed, as a short slug: the exception's meaning where it is known, else its name.

A slug stays the same between Python and Twisted releases although their messages differ, so that a
cell which fails for another reason than before can be told from one whose message was reworded.
"""

import os
import re
import sys
import traceback

# Message of the exception -> slug. `\1` and so on are taken from the match.
_KNOWN = [
    (r"Task got bad yield", "task-got-bad-yield"),
    # Python 3.6 says "yield from" and raises an AssertionError.
    (r"(?:await|yield from) wasn't used with future", "await-wasnt-used-with-future"),
    (r"attached to a different loop", "future-of-another-loop"),
    (r"should be used inside a task", "not-in-a-task"),
    (r"no running event loop|no current event loop", "no-event-loop"),
    # An Event, Lock or Queue of Python 3.10 and later takes None for the loop that runs.
    (r"'NoneType' object has no attribute 'create_future'", "no-event-loop"),
    # What sniffio and anyio say, which httpx asks.
    (r"unknown async library|Not currently running on any async", "no-event-loop"),
    (r"deferred_to_future\(\) requires|requires AsyncioSelectorReactor", "needs-asyncio-reactor"),
    (r"Import of twisted\.internet\.reactor is forbidden", "reactor-import-forbidden"),
    (r"called without an installed reactor|expected a Twisted reactor to be installed", "no-reactor-installed"),
    (r"TWISTED_REACTOR_ENABLED is False but a Twisted reactor is installed", "reactor-is-installed"),
    (r"doesn't support TWISTED_REACTOR_ENABLED=False", "needs-a-reactor"),
    (r"requires that the installed Twisted reactor is", "needs-asyncio-reactor"),
    (r"only SelectorEventLoop instances are supported|ProactorEventLoop is not supported", "loop-refused-by-twisted"),
    (r"does not match the (?:requested one|one specified in the ASYNCIO_EVENT_LOOP)", "installed-is-not-requested"),
    # Somebody took the coroutine for what its body was to give.
    (r"'(?:coroutine|async_generator)' object (?:has no|is not)", "never-awaited"),
    (r"must return .*got <class '(?:coroutine|async_generator)'>", "never-awaited"),
    (r"environment variable \w+ is not set", "needs-environment-variable"),
    (r"cannot import name '([\w.]+)'", r"cannot-import-\1"),
    (r"No module named '([\w.]+)'", r"no-module-\1"),
    (r"has no attribute '(\w+)'", r"no-attribute-\1"),
    (r"got an unexpected keyword argument '(\w+)'", r"unexpected-argument-\1"),
    (r"missing \d+ required (?:positional|keyword-only) argument", "missing-argument"),
    (r"cannot reuse already awaited", "coroutine-awaited-twice"),
]


SCENARIOS = []
"""Folders of scenarios that this process was given."""
OVERLAYS = []
"""Folders of added packages that this process uses."""


def mechanism_of(error):
    """The slug of an exception; for one that is not known `raised-` and its class in lower case."""
    message = str(error)
    for pattern, slug in _KNOWN:
        found = re.search(pattern, message)
        if found:
            return found.expand(slug)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", type(error).__name__)
    return "raised-" + words.lower()


def failed_import(traceback_text, scenario=None):
    """The package or module of a user's, or of an overlay, whose import an exception has ended; None for others.

    What only the file of `scenario` itself imports is not meant: the exception says what is missing there. It is the
    text that is looked at, since Twisted takes the traceback from an exception that passes through a Deferred.
    """
    files = re.findall(r'File "(.+)", line \d+, in <module>', traceback_text)
    found = own_module(files[-1]) if files else None
    return None if found == scenario else found


def own_module(file):
    """The package or module of a user's, or of an overlay, that a file is of; None for other files."""
    # The last folder of scenarios is the built-in one.
    for folder in SCENARIOS[:-1] + OVERLAYS:
        if file.startswith(os.path.join(folder, "")):
            return os.path.splitext(os.path.relpath(file, folder).split(os.sep)[0])[0]
    return None


def describe(error, traceback_text=None, scenario=None):
    """Mechanism, one line of detail and the traceback of an exception, as keys of an outcome.

    `scenario` is the one whose cell the exception has ended.
    """
    if traceback_text is None:
        traceback_text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    message = " ".join(str(error).split())
    failed = failed_import(traceback_text, scenario)
    return {
        "mechanism": "import-failed-" + failed if failed else mechanism_of(error),
        "detail": neutral("%s: %s" % (type(error).__name__, message) if message else type(error).__name__)[:1000],
        "exception": neutral(traceback_text),
    }


def neutral(text):
    """`text` without the paths and addresses that differ from run to run and say nothing."""
    for path, name in _places():
        # Where a path is quoted its backslashes are doubled.
        text = text.replace(path.replace("\\", "\\\\"), name).replace(path, name)
    return re.sub(r"\b0x[0-9a-fA-F]{6,}\b", "0x..", text)


def _places():
    places = [(folder, "<scenarios>") for folder in SCENARIOS]
    places += [(sys.prefix, "<environment>"), (sys.base_prefix, "<python>")]
    places += [(folder, "<overlay>") for folder in OVERLAYS]
    return sorted(places, key=lambda place: -len(place[0]))
