"""Call `deferred_to_future` before a reactor exists."""

from kit.outside_crawl import AskedEarly
from kit.program import Program
from twisted.internet.defer import Deferred


class AskedEarlyDeferredToFuture(AskedEarly, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.6"

    def question(self):
        from scrapy.utils.defer import deferred_to_future

        return deferred_to_future(Deferred())
