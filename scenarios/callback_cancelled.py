"""Await a Deferred that is cancelled meanwhile: Twisted's CancelledError must arrive."""

from kit.deferreds import DELAY, call_later
from kit.scenario import Scenario
from twisted.internet.defer import CancelledError, Deferred


class CallbackCancelled(Scenario):
    expected = "cancelled"

    async def parse(self, response):
        deferred = Deferred()
        call_later(DELAY, deferred.cancel)
        try:
            await self.helper(deferred)
        except CancelledError:
            return self.arrived("cancelled")
