"""Await the result of an inlineCallbacks function."""

from kit.deferreds import later
from kit.scenario import Scenario
from twisted.internet.defer import inlineCallbacks


@inlineCallbacks
def joined():
    first = yield later("val")
    second = yield later("ue")
    return first + second


class CallbackInlineCallbacks(Scenario):
    async def parse(self, response):
        value = await self.helper(joined())
        return self.arrived(value)
