"""Defines a callback that is no coroutine: the await in it is never reached."""

from kit.deferreds import later
from kit.scenario import Scenario


class SleepsThrough(Scenario):
    def parse(self, response):
        async def never_started():
            return self.arrived(await self.helper(later("value")))

        self.coroutine = never_started()
