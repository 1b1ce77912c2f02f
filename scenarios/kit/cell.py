"""One cell while it runs: what it has shown so far, and its one outcome."""

import os
import time

from kit.helpers import load_helper
from kit.mechanisms import describe, neutral

LINES = 20
"""What is kept at most of the errors that were logged in the crawl of a cell."""
_cells = {}


def cell_called(name):
    """The cell of this process with that name, or None."""
    return _cells.get(name)


class DeliberateError(Exception):
    """What a scenario raises to see what Scrapy does next; no failure of its cell."""


class Cell:
    """Collects what happens to one cell and writes its outcome once, as soon as that is known.

    A scenario uses `helper`, and `note` or `fail`; `expected` are the notes that make it pass.
    """

    def __init__(self, index, scenario, helper_name, report):
        self.index = index
        self.scenario = scenario
        self.helper_name = helper_name
        self.expected = None
        self.notes = []
        self.outcome = None
        self.item_lost = False
        self.crawl_ended = False
        self.last_sign = time.monotonic()
        self._helper = None
        self._helped = False
        self._awaited = []
        self._answer = None
        self._report = report
        self._entered = None
        self._unawaited = None
        self._logged = []
        _cells[self.name] = self

    @property
    def name(self):
        """Its name in this process: plain text, which every queue of requests can store."""
        return "%s/%s" % (self.scenario, self.helper_name)

    def __reduce__(self):
        return cell_called, (self.name,)

    def prepare(self):
        """Load the helper; False, with the outcome written, where this release does not have it."""
        try:
            self._helper = load_helper(self.helper_name)
        except ImportError as error:
            self.finish("unsupported", mechanism="helper-missing", detail=neutral(str(error)))
            return False
        return True

    def helper(self, deferred):
        """What the helper makes of a Deferred; the Deferred is remembered until `release`.

        Calling it shows that the body of a coroutine was run.
        """
        self.entered()
        self._helped = True
        self._awaited.append(deferred)
        return self._helper(deferred)

    def release(self):
        """Let go of the awaited Deferreds, so that Twisted can complain of errors in them; these name this cell."""
        for deferred in self._awaited:
            result = getattr(deferred, "result", None)
            if hasattr(result, "getTraceback"):
                result.value.cell = self
        deferred = result = None  # the last one must not outlive the list
        del self._awaited[:]

    @property
    def left_waiting(self):
        """Whether a Deferred that it awaited has not fired yet, be it that nobody waits for it any more."""
        return not all(deferred.called for deferred in self._awaited)

    @property
    def was_entered(self):
        return self._entered is not None

    def entered(self):
        """The code that this cell is about runs; to be called again where it takes long, as a sign of life."""
        self.last_sign = time.monotonic()
        if self._entered is None:
            self._entered = self.last_sign

    def error(self, message):
        """An exception of this cell's own, so that one nobody handles can be traced to its cell."""
        error = ValueError(message)
        error.cell = self
        return error

    def note(self, value):
        """What was seen: the awaited value, where it had to arrive, or a step. Passes when all that is expected is."""
        self.entered()
        self.last_sign = time.monotonic()
        if self.crawl_ended:
            # Others keep the process going: alone this would never have been seen.
            return
        self.notes.append(value)
        # What is not as expected is judged when all has been seen.
        if self._same(self.notes, self.expected):
            self.judge()

    def answer(self, text):
        """What is to be told of this cell should it pass, where the question is not only whether."""
        self._answer = neutral(text)[:300]

    def arrived(self, value):
        """The awaited value, in a callback whose item has still to come out at the end of the crawl."""
        self.last_sign = time.monotonic()
        self.notes.append(value)
        self.item_lost = True

    def item_scraped(self):
        """The item of this cell came out at the end of the crawl: the value can be judged."""
        self.item_lost = False
        self.judge()

    def unawaited(self, coroutine):
        """Nobody has awaited a coroutine of its own."""
        self._unawaited = coroutine

    def logged(self, text):
        """An error was logged in its crawl, which may be why nothing was seen."""
        if len(self._logged) < LINES:
            self._logged.append(text)

    def judge(self):
        """Write the outcome that the notes so far stand for, if there is none yet."""
        notes, expected = self.notes, self.expected
        # Without an expectation nobody ever asked anything of this cell.
        if expected is not None and self._same(notes, expected):
            self.finish("pass", **({"detail": self._answer} if self._answer else {}))
        elif self._unawaited and not self._helped:
            self._fails("never-awaited", "nobody awaited the coroutine %s: its body was never run" % self._unawaited)
        elif not notes and self.was_entered:
            self._fails("no-value", "it ended without the awaited value")
        elif not notes:
            self._fails("no-effect-seen", "nothing was seen of it: neither a value nor an exception")
        elif not self._helped and self.helper_name != "none":
            detail = "seen were %s, %s was expected; no helper was called"
            self._fails("no-effect-seen", detail % (self._shown(notes), self._shown(expected)))
        elif len(expected) == 1 == len(notes):
            detail = "%s arrived, %s was expected" % (self._shown(notes[0]), self._shown(expected[0]))
            self._fails("wrong-value", detail)
        else:
            detail = "seen were %s, %s was expected" % (self._shown(notes), self._shown(expected))
            self._fails(self._difference(), detail)

    def _fails(self, mechanism, detail):
        self.finish("fail", mechanism=mechanism, detail=detail, **self._log())

    def _log(self):
        return {"exception": "\n".join(["logged by the crawl:"] + self._logged)} if self._logged else {}

    def _difference(self):
        shown, expected = [[repr(value) for value in values] for values in (self.notes, self.expected)]
        if len(expected) == 1 or sorted(shown) == sorted(2 * expected):
            return "arrived-twice"
        right = os.path.commonprefix([shown, expected])
        if right == shown:
            return "effect-missing"
        # Whether what had to come before it has come later depends on how long the crawl went on.
        return "wrong-order" if shown[len(right)] in expected[len(right) :] else "wrong-value"

    @staticmethod
    def _same(notes, expected):
        return [(type(note), note) for note in notes] == [(type(value), value) for value in expected]

    def _shown(self, value):
        return neutral(repr(value))[:300]

    def fail(self, mechanism, detail):
        """It does not do what was asked, and this is how."""
        self._fails(mechanism, neutral(detail)[:300])

    def failed(self, error, traceback_text=None):
        """It ended with an exception."""
        if not isinstance(error, DeliberateError):
            self.finish("fail", **describe(error, traceback_text, self.scenario))

    def failed_as(self, failure):
        """It ended with the exception of a Twisted `Failure`, whose traceback takes long to write."""
        if self.outcome is None:
            self.failed(failure.value, failure.getTraceback())

    def finish(self, outcome, **more):
        if self.outcome is not None:
            return
        now = time.monotonic()
        self.last_sign = now
        self.outcome = outcome
        seconds = None if self._entered is None else round(now - self._entered, 4)
        line = {"type": "cell", "scenario": self.scenario, "helper": self.helper_name}
        line.update(more, outcome=outcome, seconds=seconds)
        self._report.write(line)
