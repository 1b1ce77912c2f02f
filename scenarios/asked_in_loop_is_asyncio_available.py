"""Call `is_asyncio_available` in a running event loop, with another reactor than asyncio's installed."""

from kit.outside_crawl import AskedInLoop
from kit.program import Program


class AskedInLoopIsAsyncioAvailable(AskedInLoop, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.14"

    def question(self):
        from scrapy.utils.asyncio import is_asyncio_available

        return is_asyncio_available()
