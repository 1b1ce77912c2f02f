"""Awaits a Deferred that nobody ever fires."""

from twisted.internet.defer import Deferred

from kit.scenario import Scenario


class Hangs(Scenario):
    async def parse(self, response):
        return self.arrived(await self.helper(Deferred()))
