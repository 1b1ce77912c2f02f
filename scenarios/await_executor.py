"""Await a function that runs in a thread, through `loop.run_in_executor`."""

import asyncio

from kit.scenario import Scenario


class AwaitExecutor(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        loop = asyncio.get_event_loop()
        value = await loop.run_in_executor(None, str.lower, "VALUE")
        return self.arrived(value)
