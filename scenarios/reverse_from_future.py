"""Await an asyncio Future that `Deferred.fromFuture` made a Deferred of."""

import asyncio

from kit.deferreds import DELAY, call_later
from kit.scenario import Scenario
from twisted.internet.defer import Deferred


class ReverseFromFuture(Scenario):
    core = False
    loop_matters = True
    waits = True

    async def parse(self, response):
        self.cell.entered()
        loop = asyncio.get_event_loop()
        future = loop.create_future()
        loop.call_later(DELAY, future.set_result, "value")
        deferred = Deferred.fromFuture(future)
        call_later(10 * DELAY, self.give_up, loop, deferred)
        try:
            value = await self.helper(deferred)
        finally:
            self.waits = False
        return self.arrived(value)

    def give_up(self, loop, deferred):
        # Where nobody runs the loop, what still waits would do so for ever.
        if self.waits and not loop.is_running():
            self.cell.fail("loop-not-running", "nothing runs the event loop that the Future belongs to")
            # Cancelled, it would wait for the loop, too.
            deferred.callback(None)
