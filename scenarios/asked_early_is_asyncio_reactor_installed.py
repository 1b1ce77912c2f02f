"""Call `is_asyncio_reactor_installed` before a reactor exists."""

from kit.outside_crawl import AskedEarly
from kit.program import Program


class AskedEarlyIsAsyncioReactorInstalled(AskedEarly, Program):
    core = False
    helpers = ()
    lanes = ["default"]

    def question(self):
        from scrapy.utils.reactor import is_asyncio_reactor_installed

        return is_asyncio_reactor_installed()
