"""Await a Deferred that is fired by a thread of the reactor's pool."""

from twisted.internet.threads import deferToThread

from kit.scenario import Scenario


class CallbackFromThread(Scenario):
    async def parse(self, response):
        value = await self.helper(deferToThread(str.lower, "VALUE"))
        return self.arrived(value)
