"""Await playwright's driver, a child process spoken to over its pipes; it makes the request, no browser is started."""

from kit.scenario import Scenario


class LibraryDriver(Scenario):
    core = False
    helpers = ()
    # It takes as long as all other cells of a lane together.
    lanes = ["default", "asyncio-default", "none-default"]
    requires = ["playwright"]

    async def parse(self, response):
        self.cell.entered()
        from playwright.async_api import async_playwright

        self.cell.entered()
        async with async_playwright() as playwright:
            self.cell.entered()
            context = await playwright.request.new_context()
            answer = await context.get(self.server + "/echo/value")
            text = await answer.text()
            await context.dispose()
        return self.arrived(text)
