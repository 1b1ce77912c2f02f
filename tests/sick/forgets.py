"""Ends without the value it awaited."""

from kit.deferreds import later
from kit.scenario import Scenario


class Forgets(Scenario):
    async def parse(self, response):
        await self.helper(later("value"))
