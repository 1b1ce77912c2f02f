"""Await one Deferred in two coroutines: both must get its value."""

from kit.deferreds import after_a_turn
from kit.scenario import Scenario
from scrapy.utils.defer import deferred_from_coro


class CallbackShared(Scenario):
    expected = ["value", "value"]

    async def parse(self, response):
        shared = after_a_turn("value")
        first = self.helper(deferred_from_coro(self.wait_for(shared)))
        second = self.helper(deferred_from_coro(self.wait_for(shared)))
        return self.arrived([await first, await second])

    async def wait_for(self, deferred):
        return await self.helper(deferred)
