"""Await two Deferreds at once through `asyncio.gather`, each made awaitable by the helper."""

import asyncio

from kit.deferreds import later
from kit.scenario import Scenario


class AwaitGather(Scenario):
    core = False
    expected = ["one", "two"]

    async def parse(self, response):
        values = await asyncio.gather(self.helper(later("one")), self.helper(later("two")))
        return self.arrived(values)
