"""Await playwright's driver, a child process that is started and spoken to over its pipes; no browser is."""

from kit.scenario import Scenario


class LibraryDriver(Scenario):
    core = False
    heavy = "playwright is a hundred megabytes to download"
    loop_matters = True
    helpers = ()
    # It takes as long as all other cells of a lane together.
    lanes = ["default", "asyncio-default", "none-default"]
    requires = ["playwright"]
    expected = "chromium"

    async def parse(self, response):
        self.cell.entered()
        from playwright.async_api import async_playwright

        self.cell.entered()
        async with async_playwright() as playwright:
            # What the driver answers when it is asked what it can start.
            name = playwright.chromium.name
        return self.arrived(name)
