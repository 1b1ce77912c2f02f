"""Awaits a Deferred that nobody ever fires."""

from kit.scenario import Scenario
from twisted.internet.defer import Deferred


class Hangs(Scenario):
    async def parse(self, response):
        return self.arrived(await self.helper(Deferred()))
