"""Await treq in a callback, as the documentation's page on coroutines does."""

from kit.scenario import Scenario


class LibraryTreq(Scenario):
    core = False
    loop_matters = True
    requires = ["treq"]
    expected = b"value"

    async def parse(self, response):
        # Inside the function: some releases import the reactor where they are imported.
        import treq

        additional_response = await self.helper(treq.get(self.server + "/echo/value"))
        additional_data = await self.helper(treq.content(additional_response))
        return self.arrived(additional_data)
