"""Await a Deferred that has fired already."""

from kit.scenario import Scenario
from twisted.internet.defer import succeed


class CallbackFired(Scenario):
    async def parse(self, response):
        value = await self.helper(succeed("value"))
        return self.arrived(value)
