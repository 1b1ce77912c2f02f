"""Does the target's test suite give here, as its author runs it, what it gives in the control?"""

import os
import tempfile

from _reporting import finish, report_suite, sign_of_life
from _suite import UNFORCED, read_target, run_suite
from _verdict import judged
from kit.program import Program


class TryPlain(Program):
    """Runs the suite once, with nothing forced upon it."""

    helpers = ()
    lanes = "default"
    core = False

    def main(self):
        target, cell = read_target(), self.cells[0]
        run = run_suite(target, tempfile.mkdtemp(dir=os.getcwd()), UNFORCED, target["limits"], sign_of_life(cell))
        report_suite(cell, run)
        told = judged(target["control"], run, forced=False)
        finish(cell, told, run)
