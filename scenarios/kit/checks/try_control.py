"""What does the target's test suite give as its author runs it, and is that the same twice?"""

import os
import tempfile

from _reporting import finish, report_suite, sign_of_life
from _suite import UNFORCED, read_target, run_suite
from _verdict import judged
from kit.program import Program


class TryControl(Program):
    """Runs the suite twice, with nothing forced upon it."""

    helpers = ()
    lanes = "default"
    core = False

    def main(self):
        target, cell = read_target(), self.cells[0]
        alive = sign_of_life(cell)
        first, second = (
            run_suite(target, tempfile.mkdtemp(dir=os.getcwd()), UNFORCED, target["limits"], alive) for _ in range(2)
        )
        names = set(first.tests) | set(second.tests)
        flaky = [name for name in names if self._outcome(first, name) != self._outcome(second, name)]
        report_suite(cell, first, flaky)
        told, again = judged(None, first, forced=False), judged(None, second, forced=False)
        if told["outcome"] == "pass" != again["outcome"]:
            # What comes to its end only now and then is nothing to compare with.
            told, first = again, second
        elif flaky:
            told["detail"] += "; %d differ from one run to the next: %s" % (len(flaky), ", ".join(sorted(flaky)[:3]))
        finish(cell, told, first)

    def _outcome(self, run, name):
        return run.tests[name]["outcome"] if name in run.tests else None
