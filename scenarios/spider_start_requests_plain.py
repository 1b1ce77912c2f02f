"""Give the first request from `start_requests()`, a plain method, and have no `start()`: it must be sent."""

import scrapy
from kit.attribution import cell_of
from kit.place import Place


class SpiderStartRequestsPlain(Place):
    core = False
    each = True
    helpers = ()
    expected = ["called", "callback"]
    # What calls it, or not, in Scrapy 2.13 and later.
    start = getattr(scrapy.Spider, "start", None)

    def start_requests(self):
        self.cell.note("called")
        yield self.request(self.cell, "data:,")

    def parse(self, response):
        cell_of(response).note("callback")

    def closed(self, reason):
        if not self.cell.notes:
            self.cell.fail("silently-ignored", "the crawl ended, and start_requests() was never called")
