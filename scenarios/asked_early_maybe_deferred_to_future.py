"""Call `maybe_deferred_to_future` before a reactor exists."""

from kit.outside_crawl import AskedEarly
from kit.program import Program
from twisted.internet.defer import Deferred


class AskedEarlyMaybeDeferredToFuture(AskedEarly, Program):
    core = False
    helpers = ()
    lanes = ["default"]
    scrapy = ">=2.6"

    def question(self):
        from scrapy.utils.defer import maybe_deferred_to_future

        return maybe_deferred_to_future(Deferred())
