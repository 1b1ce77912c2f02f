"""Await httpx in a callback."""

from kit.scenario import Scenario


class LibraryHttpx(Scenario):
    core = False
    loop_matters = True
    helpers = ()
    requires = ["httpx"]

    async def parse(self, response):
        self.cell.entered()
        import httpx

        async with httpx.AsyncClient() as client:
            answer = await client.get(self.server + "/echo/value")
        return self.arrived(answer.text)
