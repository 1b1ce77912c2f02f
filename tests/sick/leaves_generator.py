"""Passes, and leaves an async generator behind that has begun and was not closed."""

from kit.deferreds import later
from kit.scenario import Scenario

LEFT = []


async def numbers(cell):
    yield 1
    yield 2


class LeavesGenerator(Scenario):
    async def parse(self, response):
        generator = numbers(self.cell)
        LEFT.append(generator)
        await generator.__anext__()
        return self.arrived(await self.helper(later("value")))
