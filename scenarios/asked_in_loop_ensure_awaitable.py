"""Call `ensure_awaitable` in a running event loop, with another reactor than asyncio's installed."""

from kit.outside_crawl import AskedInLoop
from kit.program import Program
from twisted.internet.defer import Deferred


class AskedInLoopEnsureAwaitable(AskedInLoop, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.14"

    def question(self):
        from scrapy.utils.defer import ensure_awaitable

        return ensure_awaitable(Deferred())
