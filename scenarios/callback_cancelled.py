"""Await a Deferred that is cancelled meanwhile: Twisted's CancelledError must arrive."""

from twisted.internet.defer import CancelledError, Deferred

from kit.deferreds import DELAY, call_later
from kit.scenario import Scenario


class CallbackCancelled(Scenario):
    expected = "cancelled"

    async def parse(self, response):
        deferred = Deferred()
        call_later(DELAY, deferred.cancel)
        try:
            await self.helper(deferred)
        except CancelledError:
            return self.arrived("cancelled")
