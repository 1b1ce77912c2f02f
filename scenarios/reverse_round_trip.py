"""Await a Deferred in a coroutine, make a Deferred of that with `deferred_from_coro`, and await it again."""

from kit.deferreds import later
from kit.scenario import Scenario
from scrapy.utils.defer import deferred_from_coro


class ReverseRoundTrip(Scenario):
    core = False
    loop_matters = True
    expected = "value, there and back"

    async def parse(self, response):
        value = await self.helper(deferred_from_coro(self.fetch()))
        return self.arrived(value + " and back")

    async def fetch(self):
        return await self.helper(later("value")) + ", there"
