"""Passes, and leaves an error behind in a Deferred that nobody looks at."""

from kit.deferreds import later
from kit.scenario import Scenario
from twisted.internet.defer import fail


class LeavesErrors(Scenario):
    async def parse(self, response):
        fail(self.error("nobody looks at this"))
        return self.arrived(await self.helper(later("value")))
