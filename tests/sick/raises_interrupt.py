"""A callback that ends with KeyboardInterrupt."""

from kit.scenario import Scenario


class RaisesInterrupt(Scenario):
    async def parse(self, response):
        raise KeyboardInterrupt
