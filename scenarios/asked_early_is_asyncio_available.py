"""Call `is_asyncio_available` before a reactor exists."""

from kit.outside_crawl import AskedEarly
from kit.program import Program


class AskedEarlyIsAsyncioAvailable(AskedEarly, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.14"

    def question(self):
        from scrapy.utils.asyncio import is_asyncio_available

        return is_asyncio_available()
