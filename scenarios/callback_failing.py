"""Await a Deferred that fails: the exception must arrive, the very same object."""

from kit.deferreds import fail_later
from kit.scenario import Scenario


class CallbackFailing(Scenario):
    expected = True

    async def parse(self, response):
        error = self.error("on purpose")
        try:
            await self.helper(fail_later(error))
        except ValueError as caught:
            return self.arrived(caught is error)
