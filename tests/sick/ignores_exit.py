"""Passes, and throws an async generator away that awaits when it is to end."""

import sys

from kit.deferreds import later
from kit.scenario import Scenario


async def numbers(cell):
    try:
        yield 1
    finally:
        await later("value")


class IgnoresExit(Scenario):
    async def parse(self, response):
        # As where no loop has a hook that closes them.
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        generator = numbers(self.cell)
        await generator.__anext__()
        sys.set_asyncgen_hooks(*hooks)
        del generator
        return self.arrived(await self.helper(later("value")))
