"""Gets another value than the one expected."""

from kit.deferreds import later
from kit.scenario import Scenario


class Lies(Scenario):
    async def parse(self, response):
        return self.arrived(await self.helper(later("wrong")))
