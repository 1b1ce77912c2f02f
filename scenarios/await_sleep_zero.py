"""Await `asyncio.sleep` with 0, which asks no event loop for anything."""

import asyncio

from kit.scenario import Scenario


class AwaitSleepZero(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        value = await asyncio.sleep(0, "value")
        return self.arrived(value)
