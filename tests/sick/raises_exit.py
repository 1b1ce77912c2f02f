"""A callback that ends with SystemExit, which an event loop does not keep to itself."""

from kit.scenario import Scenario


class RaisesExit(Scenario):
    async def parse(self, response):
        raise SystemExit(3)
