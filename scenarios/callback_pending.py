"""Await a Deferred that has not fired yet."""

from kit.deferreds import later
from kit.scenario import Scenario


class CallbackPending(Scenario):
    async def parse(self, response):
        value = await self.helper(later("value"))
        return self.arrived(value)
