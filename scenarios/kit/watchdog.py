"""The deadline of the cells of one crawl, kept by a thread so that a blocked loop is noticed too."""

import os
import threading
import time

from kit import stacks
from kit.blame import cell_in_frame
from kit.facts import installed_reactor

TICK = 0.05
ANSWER = 1.0
"""Seconds that a loop has to answer before it counts as blocked."""


class Watchdog:
    """Ends the process with proof when nothing has happened for `deadline` seconds.

    `start()` before the crawl, `done()` after it. Progress is any sign of life of any cell. When time is up,
    unfinished cells are written as `hang`, the crawl as `hung`, and the process ends at once.
    """

    def __init__(self, cells, deadline, batch, report):
        self._probes = cells
        self._deadline = deadline
        self._batch = batch
        self._report = report
        self._done = threading.Event()
        self._parent = os.getppid()
        self._loop = None
        self._running_since = time.monotonic()

    def start(self):
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def crawl_runs(self, loop):
        """To be called from inside the crawl: remembers its loop, starts the time of the cells anew."""
        self._loop = loop
        self._running_since = time.monotonic()

    def done(self):
        self._done.set()

    def _watch(self):
        while not self._done.wait(TICK):
            if os.getppid() != self._parent:
                # Nobody is left to report to: the harness was killed.
                os._exit(1)
            last = max([self._running_since] + [cell.last_sign for cell in self._probes])
            if time.monotonic() - last > self._deadline:
                self._give_up()

    def _give_up(self):
        answers, waiting = self._ask_loop()
        proof = "%s\n%s" % (waiting, stacks.threads())
        unfinished = [cell for cell in self._probes if cell.outcome is None]
        if not answers:
            unfinished = self._blocking(unfinished)
        for cell in unfinished:
            mechanism = "loop-blocked" if not answers else "never-resumed" if cell.was_entered else "never-called"
            detail = "no progress for %g seconds" % self._deadline
            cell.finish("hang", mechanism=mechanism, detail=detail, stacks=proof)
        close = {"type": "close", "batch": self._batch, "close": "hung", "blamed": [], "suspected": [], "stacks": proof}
        close["reasons"] = ["the crawl did not end within %g seconds" % self._deadline]
        self._report.write(close)
        os._exit(0)

    def _blocking(self, unfinished):
        """The one cell whose code the main thread is in; all that are unfinished if that cannot be seen."""
        for frame in stacks.main_thread_frames():
            cell = cell_in_frame(frame)
            if cell in unfinished:
                return [cell]
        return unfinished if len(unfinished) == 1 else []

    def _ask_loop(self):
        """Whether the loop still turns, and what it is waiting for; looked up in the loop's own thread if so."""
        answer = []
        answered = threading.Event()

        def look():
            answer.append(stacks.waiting(self._loop))
            answered.set()

        reactor = installed_reactor()
        try:
            if reactor is not None:
                reactor.callFromThread(look)
            elif self._loop is not None:
                self._loop.call_soon_threadsafe(look)
            answered.wait(ANSWER)
        except RuntimeError:
            # The loop is closed; it will not answer.
            pass
        if answer:
            return True, answer[0]
        return False, "The loop did not answer within %g seconds." % ANSWER
