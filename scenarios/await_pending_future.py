"""Await an asyncio Future that gets its result later, from its event loop."""

import asyncio

from kit.deferreds import DELAY
from kit.scenario import Scenario


class AwaitPendingFuture(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        loop = asyncio.get_event_loop()
        future = loop.create_future()
        loop.call_later(DELAY, future.set_result, "value")
        return self.arrived(await future)
