"""Call `is_asyncio_reactor_installed` in a running event loop, with another reactor than asyncio's installed."""

from kit.outside_crawl import AskedInLoop
from kit.program import Program


class AskedInLoopIsAsyncioReactorInstalled(AskedInLoop, Program):
    core = False
    helpers = ()
    lanes = ["default"]

    def question(self):
        from scrapy.utils.reactor import is_asyncio_reactor_installed

        return is_asyncio_reactor_installed()
