"""Await a Deferred in a coroutine that the callback awaits."""

from kit.deferreds import later
from kit.scenario import Scenario


class CallbackNested(Scenario):
    async def parse(self, response):
        return self.arrived(await self.fetch())

    async def fetch(self):
        return await self.helper(later("value"))
