"""Await in an async generator `process_start_requests` of a spider middleware: the requests must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Middleware:
    async def process_start_requests(self, start_requests, spider):
        for request in start_requests:
            request.meta["value"] = await cell_of(request).helper(later("value"))
            yield request


class SpidermwProcessStartRequests(Place):
    core = False
    scrapy = "<2.16"
    # One that fails ends the start of all.
    each = True
    # The place that the project template gives it. Scrapy 2.13-2.15 run it only below 25, before all of their own.
    custom_settings = {"SPIDER_MIDDLEWARES": {"spidermw_process_start_requests.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.meta.get("value"))
