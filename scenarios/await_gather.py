"""Await two Deferreds at once through `asyncio.gather`, each made awaitable by the helper."""

import asyncio

from kit.deferreds import after_a_turn
from kit.scenario import Scenario


class AwaitGather(Scenario):
    core = False
    loop_matters = True
    expected = ["one", "two"]

    async def parse(self, response):
        values = await asyncio.gather(self.helper(after_a_turn("one")), self.helper(after_a_turn("two")))
        return self.arrived(values)
