"""Await the output of a program started with `asyncio.create_subprocess_exec`."""

import asyncio
import sys
from subprocess import PIPE

from kit.scenario import Scenario


class AwaitSubprocess(Scenario):
    core = False
    loop_matters = True
    helpers = ()
    expected = "value 0"

    async def parse(self, response):
        self.cell.entered()
        # Without site packages Python starts at once.
        arguments = ["-I", "-S", "-c", "print('value')"]
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
        try:
            output, _ = await asyncio.wait_for(process.communicate(), timeout=3)
        except asyncio.TimeoutError:
            self.cell.fail("end-not-noticed", "the loop did not notice that the program, or its output, ended")
            return None
        return self.arrived("%s %d" % (output.decode().strip(), process.returncode))
