"""Await aiohttp in a callback, as the documentation's page on coroutines does."""

from kit.scenario import Scenario


class LibraryAiohttp(Scenario):
    core = False
    loop_matters = True
    helpers = ()
    requires = ["aiohttp"]

    async def parse(self, response):
        self.cell.entered()
        import aiohttp

        async with aiohttp.ClientSession() as session:
            async with session.get(self.server + "/echo/value") as additional_response:
                additional_data = await additional_response.text()
        return self.arrived(additional_data)
