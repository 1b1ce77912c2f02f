"""Await a Deferred that is fired by a thread of the reactor's pool."""

from kit.scenario import Scenario
from twisted.internet.threads import deferToThread


class CallbackFromThread(Scenario):
    async def parse(self, response):
        value = await self.helper(deferToThread(str.lower, "VALUE"))
        return self.arrived(value)
