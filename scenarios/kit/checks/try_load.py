"""Does every module of the target import, and who imports the reactor?"""

import json
import os
import subprocess
import sys
import tempfile
import time

from _reporting import sign_of_life
from _suite import read_target, target_environment
from kit.mechanisms import OVERLAYS, neutral
from kit.program import Program

_DEADLINE = 60.0
_IMPORTER = r"""
import importlib, json, os, pkgutil, site, sys, traceback
names, overlays, told = json.loads(sys.argv[1])
for folder in overlays:
    site.addsitedir(folder)
found = {"imported": [], "failed": None, "reactor": None}

def load(name):
    had = "twisted.internet.reactor" in sys.modules
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        text = traceback.format_exc()
        found["failed"] = [name, type(error).__name__, str(error)[:500], text[-8000:]]
        return None
    found["imported"].append(name)
    if not had and "twisted.internet.reactor" in sys.modules:
        reactor = sys.modules["twisted.internet.reactor"]
        found["reactor"] = [name, "%s.%s" % (type(reactor).__module__, type(reactor).__name__)]
    return module

def modules(name):
    module = load(name)
    if module is None or not hasattr(module, "__path__"):
        return
    for _, child, _ in pkgutil.iter_modules(module.__path__, name + "."):
        # A program, which runs when it is imported.
        if found["failed"] is None and child.rpartition(".")[2] != "__main__":
            modules(child)

for name in names:
    if found["failed"] is None:
        modules(name)
with open(told, "w") as file:
    json.dump(found, file)
"""


class TryLoad(Program):
    """Imports every module of the target in a process of its own."""

    helpers = ()
    core = False

    def main(self):
        target, cell = read_target(), self.cells[0]
        place = tempfile.mkdtemp(dir=os.getcwd())
        told = os.path.join(place, "told.json")
        asked = json.dumps([target["modules"], list(OVERLAYS), told])
        process = subprocess.Popen(
            [sys.executable, "-c", _IMPORTER, asked], cwd=place, env=target_environment(target, place),
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        alive, ends = sign_of_life(cell), time.monotonic() + _DEADLINE
        while process.poll() is None and time.monotonic() < ends:
            alive(False)
            time.sleep(0.03)
        if process.poll() is None:
            process.kill()
            process.wait()
            cell.finish("hang", mechanism="import-hangs", detail="importing it did not end within a minute")
            return
        if not os.path.exists(told):
            cell.fail("import-exits", "importing it ended the process with exit code %s" % process.returncode)
            return
        with open(told) as file:
            self.judge(cell, json.load(file))

    def judge(self, cell, found):
        """Tell what the import has shown."""
        if found["failed"]:
            name, kind, message, text = found["failed"]
            from _verdict import mechanism

            told = "%s: %s" % (kind, message)
            cell.finish("fail", mechanism=mechanism({"message": told}), detail=neutral("%s: %s" % (name, told)),
                        exception=neutral(text))  # fmt: skip
        elif found["reactor"] and self.refuses(found["reactor"][1]):
            name, reactor = found["reactor"]
            cell.fail("imports-the-reactor", "importing %s installs %s, the lane asks for another" % (name, reactor))
        else:
            cell.answer("%d modules imported" % len(found["imported"]))
            cell.note("value")

    def refuses(self, reactor):
        """Whether a crawl in the lane is refused where importing the target has installed that reactor."""
        wanted = self.settings.get("TWISTED_REACTOR")
        return self.reactorless or bool(wanted and wanted != reactor)
