"""Awaits and then starts a program in a callback: what ways to choose a loop on Windows differ in."""

import asyncio
import sys
from subprocess import PIPE

from kit.deferreds import later
from kit.facts import lane_facts
from kit.program import AwaitingSpider, program


async def subprocess_answer():
    """What comes of starting a program on the running loop: `value 0`, or the exception that says it cannot."""
    # Without site packages Python starts at once.
    arguments = ["-I", "-S", "-c", "print('value')"]
    try:
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
        output, _ = await asyncio.wait_for(process.communicate(), timeout=5)
    except Exception as error:
        return type(error).__name__
    return "%s %d" % (output.decode().strip(), process.returncode)


class StartingSpider(AwaitingSpider):
    """Beside what it awaits, each cell is told what starts a program there; that is no part of passing."""

    name = "starting"

    async def parse(self, response, number=0):
        cell = program().cells[number]
        try:
            value = await cell.helper(later("value"))
        except Exception as error:
            cell.failed(error)
            return
        policy = str(lane_facts()["policy"]).rpartition(".")[2]
        cell.answer("subprocess: %s; policy: %s" % (await subprocess_answer(), policy))
        cell.note(value)
