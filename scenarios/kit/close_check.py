"""How a crawl ended beside its awaits: errors nobody handled, tasks and async generators left, items lost."""

import gc
import logging
import os
import sys

from kit.attribution import cell_behind, cell_in_frame
from kit.facts import current_loop, installed_reactor
from kit.mechanisms import neutral, own_module
from kit.stacks import open_generators, tasks_of

REASONS = 200
"""What is told of an unclean close at most; a scenario may have left thousands of tasks."""


class CloseWatch(logging.Handler):
    """Collects what Twisted and asyncio say of errors that nobody handled, from its making on."""

    def __init__(self):
        super().__init__(logging.ERROR)
        from twisted.logger import globalLogPublisher

        self._reasons = []
        self._unhandled = []
        self._suspected = set()
        self._blamed = []
        self._loop = None
        globalLogPublisher.addObserver(self._observe)
        logging.getLogger("asyncio").addHandler(self)
        # New in Python 3.8: before, what cannot be raised is only printed.
        self._print_unraisable = getattr(sys, "unraisablehook", None)
        if self._print_unraisable is not None:
            sys.unraisablehook = self._observe_unraisable  # novermin  (asked for above)

    def crawl_runs(self):
        """To be called from inside the crawl: remembers its loop."""
        self._loop = current_loop()

    def _observe(self, event):
        failure = event.get("log_failure")
        if failure is not None and event.get("log_namespace") == "twisted.internet.defer":
            files = [frame[1] for frame in failure.frames]
            reason = "unhandled error in Deferred: %r" % (failure.value,)
            self._add(failure.value, reason, files, failure.getTraceback())

    def emit(self, record):
        error = record.exc_info[1] if record.exc_info else None
        self._add(error, "asyncio: " + record.getMessage())

    def _observe_unraisable(self, ignored):
        # Such as "async generator ignored GeneratorExit", or what a `__del__` raises.
        error = ignored.exc_value
        frame, files = _place_of(ignored.object)
        reason = "%s %r: %r" % (ignored.err_msg or "exception ignored in", ignored.object, error)
        self._blame(cell_behind(error) or cell_in_frame(frame), reason, files)
        self._print_unraisable(ignored)

    def _add(self, error, reason, files=(), traceback_text=None):
        cell = cell_behind(error)
        self._blame(cell, reason, files)
        if cell is None and error is not None:
            self._unhandled.append((error, traceback_text, self._reasons[-1]))

    def _blame(self, cell, reason, files):
        reason = neutral(reason)[:500]
        if cell is None:
            self._reasons.append(reason)
            # Twisted throws tracebacks away and keeps the names of the files: one may be a scenario's.
            self._suspected.update([_name_of(file) for file in files] or [None])
        else:
            self._blamed.append([cell.scenario, cell.helper_name, reason])

    def take_unhandled(self):
        """The first exception that nobody handled, and its traceback if there is one; None where there was none.

        For a program that ended because of it: there it is what happened, not how the crawl closed.
        """
        gc.collect()
        if not self._unhandled:
            return None
        error, traceback_text, reason = self._unhandled.pop(0)
        self._reasons.remove(reason)
        return error, traceback_text

    def verdict(self, cells):
        """After the crawl: close, what was unclean without anyone to blame, and the cells to blame.

        Returns the keys `close`, `reasons`, `blamed`, `suspected` of a close outcome.
        """
        for cell in cells:
            cell.release()
        gc.collect()
        names = {cell.scenario for cell in cells}
        for generator in open_generators():
            frame, files = _place_of(generator)
            cell = cell_in_frame(frame)
            # Of those of Scrapy's that lead to no cell, others that do are behind.
            if cell is not None or any(_name_of(file) in names or own_module(file) for file in files):
                self._blame(cell, "async generator left unfinished: %r" % (generator,), files)
        for cell in cells:
            if cell.item_lost:
                self._blamed.append([cell.scenario, cell.helper_name, "its item was lost"])
        # A loop that still runs, in another thread, has not left anything yet.
        if self._loop is not None and not self._loop.is_closed() and not self._loop.is_running():
            self._look_at_loop()
        unclean = self._reasons or self._blamed
        return {
            "close": "unclean" if unclean else "clean",
            "reasons": _bounded(sorted(set(self._reasons))),
            "blamed": sorted(self._blamed),
            "suspected": self._suspects(cells),
        }

    def _suspects(self, cells):
        """Scenarios that the reasons may come from; all of them where nothing points to one."""
        names = {cell.scenario for cell in cells}
        pointed = self._suspected & names
        return sorted(names if None in self._suspected or not pointed else pointed) if self._reasons else []

    def _look_at_loop(self):
        left = ["the event loop was left open"] if installed_reactor() is None else []
        left += [neutral("task left pending: %r" % (task,))[:500] for task in tasks_of(self._loop)]
        if left:
            self._reasons += left
            self._suspected.add(None)


def _name_of(file):
    return os.path.splitext(os.path.basename(file))[0]


def _place_of(thing):
    """Frame and file, as a list of none or one, of a generator, coroutine or function."""
    for kind in ("ag", "cr", "gi", "_"):
        code = getattr(thing, kind + "_code", None) or getattr(thing, "__code__", None)
        if code is not None:
            return getattr(thing, kind + "_frame", None), [code.co_filename]
    return None, []


def _bounded(reasons):
    return reasons[:REASONS] + ["and %d more" % (len(reasons) - REASONS)] * (len(reasons) > REASONS)
