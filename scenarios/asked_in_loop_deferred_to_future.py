"""Call `deferred_to_future` in a running event loop, with another reactor than asyncio's installed."""

from kit.outside_crawl import AskedInLoop
from kit.program import Program
from twisted.internet.defer import Deferred


class AskedInLoopDeferredToFuture(AskedInLoop, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.6"

    def question(self):
        from scrapy.utils.defer import deferred_to_future

        return deferred_to_future(Deferred())
