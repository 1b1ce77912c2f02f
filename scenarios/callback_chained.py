"""Await a Deferred whose callback returns another Deferred."""

from kit.deferreds import later
from kit.scenario import Scenario


class CallbackChained(Scenario):
    async def parse(self, response):
        outer = later("first")
        outer.addCallback(lambda _: later("value"))
        value = await self.helper(outer)
        return self.arrived(value)
