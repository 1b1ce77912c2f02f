"""Passes, and leaves an error behind in a Deferred that nobody looks at."""

from twisted.internet.defer import fail

from kit.deferreds import later
from kit.scenario import Scenario


class LeavesErrors(Scenario):
    async def parse(self, response):
        fail(self.error("nobody looks at this"))
        return self.arrived(await self.helper(later("value")))
