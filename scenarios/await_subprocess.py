"""Await the output of a program started with `asyncio.create_subprocess_exec`."""

import asyncio
import sys
from subprocess import PIPE

from kit.scenario import Scenario


class AwaitSubprocess(Scenario):
    core = False
    helpers = ()
    expected = "value 0"

    async def parse(self, response):
        self.cell.entered()
        # Without site packages Python starts at once.
        arguments = ["-I", "-S", "-c", "print('value')"]
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
        output, _ = await process.communicate()
        return self.arrived("%s %d" % (output.decode().strip(), process.returncode))
