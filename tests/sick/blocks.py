"""Never yields to the loop."""

from kit.scenario import Scenario


class Blocks(Scenario):
    async def parse(self, response):
        while True:
            pass
