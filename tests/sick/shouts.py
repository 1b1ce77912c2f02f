"""Prints 100 MB of what no terminal and no report should ever see raw."""

import os

from kit.deferreds import later
from kit.scenario import Scenario


class Shouts(Scenario):
    async def parse(self, response):
        for _ in range(100):
            os.write(1, b"\x1b[31m</script>\xff" * 75000)
        return self.arrived(await self.helper(later("value")))
