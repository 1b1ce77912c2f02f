"""The deadline of the cells of one crawl, kept by a thread so that a blocked loop is noticed too."""

import os
import sys
import threading
import time

from kit import stacks
from kit.attribution import cell_in_frame
from kit.facts import installed_reactor
from kit.process_usage import Spent


def _parent():
    """The id of the process that started this one; None on Windows.

    There a job ends what it has started when the harness ends, asking takes a snapshot of all processes, and Wine 8
    has no such snapshots: Python 3.12 and later would crash.
    """
    return None if sys.platform == "win32" else os.getppid()


class Watchdog:
    """Ends the process with proof when nothing has happened for too long.

    `start()` before the crawl, `done()` after it; `limits` are the `deadlines` of the batch. Progress is any sign of
    life of any cell. A process that does work gets more time: on a busy machine it may only have been kept from
    working. When time is up, unfinished cells are written as `hang`, the crawl as `hung`, and the process ends at once.
    """

    def __init__(self, cells, limits, report):
        self._cells = cells
        self._limits = limits
        self._report = report
        self._done = threading.Event()
        self._parent = _parent()
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
        last, spent = None, None
        while not self._done.wait(self._limits["tick"]):
            # That this thread runs is what whoever watches from outside has to know.
            self._report.beat()
            if _parent() != self._parent:
                # Nobody is left to report to: the harness was killed.
                os._exit(1)
            sign = self._last_sign()
            if sign != last:
                last, spent = sign, Spent(self._limits)
            if spent.is_too_much(self._limits["progress"]):
                answers, waiting = self._ask_loop()
                # Whatever happened while the loop was asked: it still turns, and cells go on.
                if self._last_sign() == last:
                    self._give_up(answers, waiting)

    def _last_sign(self):
        return max([self._running_since] + [cell.last_sign for cell in self._cells])

    def _give_up(self, answers, waiting):
        proof = "%s\n%s" % (waiting, stacks.threads())
        for cell in self._cells:
            if cell.outcome is None and cell.crawl_ended:
                cell.judge()
        unfinished = [cell for cell in self._cells if cell.outcome is None]
        if not answers:
            unfinished = self._blocking(unfinished)
        for cell in unfinished:
            mechanism = "loop-blocked" if not answers else "never-resumed" if cell.was_entered else "never-called"
            detail = "no progress until its deadline"
            cell.finish("hang", mechanism=mechanism, detail=detail, stacks=proof)
        close = {"type": "close", "close": "hung", "blamed": [], "suspected": [], "stacks": proof}
        close["reasons"] = ["the crawl did not end until the deadline"]
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
            spent = Spent(self._limits)
            while not answered.wait(self._limits["tick"]) and not spent.is_too_much(self._limits["answer"]):
                pass
        except RuntimeError:
            # The loop is closed; it will not answer.
            pass
        if answer:
            return True, answer[0]
        return False, "The loop did not answer."
