"""Await several Deferreds at once through a DeferredList."""

from kit.deferreds import later
from kit.scenario import Scenario
from twisted.internet.defer import DeferredList


class CallbackDeferredList(Scenario):
    expected = [(True, "one"), (True, "two")]

    async def parse(self, response):
        results = await self.helper(DeferredList([later("one"), later("two")]))
        return self.arrived(results)
