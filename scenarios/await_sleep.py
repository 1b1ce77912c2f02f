"""Await `asyncio.sleep` for some time."""

import asyncio

from kit.scenario import Scenario


class AwaitSleep(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        value = await asyncio.sleep(0.005, "value")
        return self.arrived(value)
