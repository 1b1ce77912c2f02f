"""Imports a plugin that does not import."""

import plugin_that_fails  # noqa: F401
from kit.scenario import Scenario


class ImportsPlugin(Scenario):
    async def parse(self, response):
        return self.arrived("value")
