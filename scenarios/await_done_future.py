"""Await an asyncio Future that has its result already."""

import asyncio

from kit.scenario import Scenario


class AwaitDoneFuture(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        future = asyncio.get_event_loop().create_future()
        future.set_result("value")
        return self.arrived(await future)
