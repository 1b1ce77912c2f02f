"""Does the target's own test suite give in this lane what it gives in the control?"""

import os
import tempfile

from _reporting import finish, report_suite, sign_of_life
from _suite import read_target, run_suite
from _verdict import judged
from kit.mechanisms import OVERLAYS
from kit.program import Program


class TrySuite(Program):
    """Runs the suite once, in the lane."""

    helpers = ()
    core = False

    def main(self):
        target, cell = read_target(), self.cells[0]
        arguments = self.arguments(target["control"])
        if arguments is None:
            detail = "the suite has no option `--reactor=none`: its tests cannot be run without a reactor"
            cell.finish("unsupported", mechanism="suite-needs-a-reactor", detail=detail)
            return
        lane = {"settings": self.settings, "reactorless": self.reactorless, "forced": True, "overlays": list(OVERLAYS)}
        lane["arguments"] = arguments
        run = run_suite(target, tempfile.mkdtemp(dir=os.getcwd()), lane, target["limits"], sign_of_life(cell))
        report_suite(cell, run)
        facts = run.facts()
        if facts is not None:
            self._on_running(facts)
        told = judged(target["control"], run, forced=True)
        finish(cell, told, run)

    def arguments(self, control):
        """What the lane adds to the command line of pytest; None where the suite cannot do without a reactor."""
        choices = control["reactor_choices"] if control else []
        if self.reactorless:
            return ["-p", "no:twisted", "--reactor=none"] if "none" in choices else None
        name = "asyncio" if self._is_asyncio() else "default"
        return ["--reactor=%s" % name] if name in choices or "*" in choices else []

    def _is_asyncio(self):
        return (self.settings.get("TWISTED_REACTOR") or "").endswith(".AsyncioSelectorReactor")
