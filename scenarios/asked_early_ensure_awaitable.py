"""Call `ensure_awaitable` before a reactor exists."""

from kit.outside_crawl import AskedEarly
from kit.program import Program
from twisted.internet.defer import Deferred


class AskedEarlyEnsureAwaitable(AskedEarly, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.14"

    def question(self):
        from scrapy.utils.defer import ensure_awaitable

        return ensure_awaitable(Deferred())
