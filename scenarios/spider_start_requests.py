"""Await in `start_requests()` written as an async generator: the request that it then makes must be sent."""

import scrapy
from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class SpiderStartRequests(Place):
    core = False
    each = True
    # What calls it, or not, in Scrapy 2.13 and later.
    start = getattr(scrapy.Spider, "start", None)

    async def start_requests(self):
        value = await self.cell.helper(later("value"))
        yield self.request(self.cell, "data:," + value)

    def parse(self, response):
        cell_of(response).note(response.text)
