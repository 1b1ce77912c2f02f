"""Await an asyncio Task that was started before."""

import asyncio

from kit.deferreds import DELAY
from kit.scenario import Scenario


class AwaitTask(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        task = asyncio.ensure_future(self.work())
        return self.arrived(await task)

    async def work(self):
        await asyncio.sleep(DELAY)
        return "value"
