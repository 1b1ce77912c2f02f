"""Ends its process with an exit code."""

import os

from kit.scenario import Scenario


class Exits(Scenario):
    async def parse(self, response):
        os._exit(7)
