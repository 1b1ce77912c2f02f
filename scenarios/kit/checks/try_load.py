"""Does every module of the target import, and who imports the reactor?"""

import json
import os
import subprocess
import sys
import tempfile
import time

from _reporting import finish, report_suite, sign_of_life
from _suite import SuiteRun, read_target, target_environment
from _verdict import mechanism
from kit.mechanisms import OVERLAYS
from kit.program import Program

_DEADLINE = 60.0
_LOOK = 0.03
_IMPORTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "importer", "import_modules.py")


class TryLoad(Program):
    """Imports every module of the target in a process of its own; each is a row below the cell."""

    helpers = ()
    core = False

    def main(self):
        target, cell = read_target(), self.cells[0]
        found = self.imported(target, cell)
        if found is None:
            return
        run = SuiteRun()
        for name, error in found["modules"]:
            row = {"outcome": "failed" if error else "passed", "seconds": 0.0, "message": "", "place": "", "text": ""}
            if error:
                row.update(message=error[0], place=error[1], text=error[2])
            run.tests[name] = row
            run.counts[row["outcome"]] = run.counts.get(row["outcome"], 0) + 1
        report_suite(cell, run)
        finish(cell, self.judged(target["control"], run, found["reactor"]), run)

    def imported(self, target, cell):
        """What importing has given; None where that has no end, and the cell its outcome."""
        place = tempfile.mkdtemp(dir=os.getcwd())
        told = os.path.join(place, "told.json")
        asked = json.dumps([target["modules"], list(OVERLAYS), told])
        process = subprocess.Popen(
            [sys.executable, _IMPORTER, asked], cwd=place, env=target_environment(target, place),
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        alive, ends = sign_of_life(cell), time.monotonic() + _DEADLINE
        while process.poll() is None and time.monotonic() < ends:
            alive(False)
            time.sleep(_LOOK)
        if process.poll() is None:
            process.kill()
            process.wait()
            cell.finish("hang", mechanism="import-hangs", detail="importing it did not end within a minute")
            return None
        if not os.path.exists(told):
            cell.fail("import-exits", "importing it ended the process with exit code %s" % process.returncode)
            return None
        with open(told, encoding="utf-8") as file:
            return json.load(file)

    def judged(self, control, run, reactor):
        """Outcome, mechanism and detail, compared with a control; None: there is none."""
        bad = [name for name in sorted(run.tests) if run.tests[name]["outcome"] == "failed"]
        known = control["modules"] if control else {}
        fresh = [name for name in bad if known.get(name) != "failed"]
        told = (fresh or bad)[:1]
        detail = "; ".join("%s: %s" % (name, run.tests[name]["message"]) for name in told)
        if fresh:
            return {"outcome": "fail", "mechanism": mechanism(run.tests[fresh[0]]), "detail": detail}
        if reactor and self.refuses(reactor[1]):
            told = "importing %s installs %s, the lane asks for another" % tuple(reactor)
            return {"outcome": "fail", "mechanism": "imports-the-reactor", "detail": told}
        if bad:
            told = "%d of %d modules do not import, in the control neither: %s" % (len(bad), len(run.tests), detail)
            return {"outcome": "fails-anyway", "mechanism": mechanism(run.tests[bad[0]]), "detail": told}
        return {"outcome": "pass", "mechanism": None, "detail": "%d modules imported" % len(run.tests)}

    def refuses(self, reactor):
        """Whether a crawl in the lane is refused where importing the target has installed that reactor."""
        wanted = self.settings.get("TWISTED_REACTOR")
        return self.reactorless or bool(wanted and wanted != reactor)
