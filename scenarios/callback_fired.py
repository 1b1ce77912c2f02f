"""Await a Deferred that has fired already."""

from twisted.internet.defer import succeed

from kit.scenario import Scenario


class CallbackFired(Scenario):
    async def parse(self, response):
        value = await self.helper(succeed("value"))
        return self.arrived(value)
