"""Await a Deferred with a time limit through `asyncio.wait_for`, made awaitable by the helper."""

import asyncio

from kit.deferreds import after_a_turn
from kit.scenario import Scenario


class AwaitWaitFor(Scenario):
    core = False
    loop_matters = True

    async def parse(self, response):
        value = await asyncio.wait_for(self.helper(after_a_turn("value")), timeout=60)
        return self.arrived(value)
