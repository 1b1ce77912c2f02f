"""One cell while it runs: what it has shown so far, and its one outcome."""

import time

from kit.helpers import load_helper
from kit.mechanisms import describe, neutral


class Probe:
    """Collects what happens to one cell and writes its outcome once, as soon as that is known."""

    def __init__(self, index, scenario, helper_name, batch, report):
        self.index = index
        self.scenario = scenario
        self.helper_name = helper_name
        self._helper = None
        self._awaited = []
        self.expected = None
        self.outcome = None
        self.item_lost = False
        self.last_sign = time.monotonic()
        self._batch = batch
        self._report = report
        self._entered = None
        self._arrivals = []

    def prepare(self):
        """Load the helper; False, with the outcome written, where this release does not have it."""
        try:
            self._helper = load_helper(self.helper_name)
        except ImportError as error:
            self.finish("unsupported", mechanism="helper-missing", detail=neutral(str(error)))
            return False
        return True

    def helper(self, deferred):
        """What the helper makes of a Deferred; the Deferred is remembered until `release`."""
        self._awaited.append(deferred)
        return self._helper(deferred)

    def release(self):
        """Let go of the awaited Deferreds, so that Twisted can complain of errors in them; these name this cell."""
        for deferred in self._awaited:
            result = getattr(deferred, "result", None)
            if hasattr(result, "getTraceback"):
                result.value.probe = self
        deferred = result = None  # the last one must not outlive the list
        del self._awaited[:]

    @property
    def was_entered(self):
        return self._entered is not None

    def entered(self):
        if self._entered is None:
            self._entered = self.last_sign = time.monotonic()

    def arrived(self, value):
        self.last_sign = time.monotonic()
        self._arrivals.append(value)
        self.item_lost = True

    def item_scraped(self):
        """The item of this cell came out at the end of the crawl: the value can be judged."""
        self.item_lost = False
        self.judge()

    def judge(self):
        """Write the outcome that the arrivals so far stand for, if there is none yet."""
        if not self._arrivals:
            self._no_value()
        elif len(self._arrivals) > 1:
            self.finish("fail", mechanism="arrived-twice", detail=self._shown(self._arrivals))
        elif self._same(self._arrivals[0]):
            self.finish("pass")
        else:
            detail = "%s arrived, %s was expected" % (self._shown(self._arrivals[0]), self._shown(self.expected))
            self.finish("fail", mechanism="wrong-value", detail=detail)

    def _no_value(self):
        if self.was_entered:
            self.finish("fail", mechanism="no-value", detail="the callback ended without the awaited value")
        else:
            self.finish("fail", mechanism="never-awaited", detail="the body of the coroutine was never run")

    def _same(self, value):
        return type(value) is type(self.expected) and value == self.expected

    def _shown(self, value):
        return neutral(repr(value))[:300]

    def failed(self, error, traceback_text=None):
        """The callback ended with an exception."""
        self.finish("fail", **describe(error, traceback_text))

    def finish(self, outcome, **more):
        if self.outcome is not None:
            return
        now = time.monotonic()
        self.last_sign = now
        self.outcome = outcome
        seconds = None if self._entered is None else round(now - self._entered, 4)
        line = {"type": "cell", "batch": self._batch, "scenario": self.scenario, "helper": self.helper_name}
        line.update(more, outcome=outcome, seconds=seconds)
        self._report.write(line)
