"""Await in `process_start` of a spider middleware: the start requests must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Middleware:
    async def process_start(self, start):
        async for request in start:
            request.meta["value"] = await cell_of(request).helper(later("value"))
            yield request


class SpidermwProcessStart(Place):
    core = False
    scrapy = ">=2.13"
    # One that fails ends the start of all.
    each = True
    custom_settings = {"SPIDER_MIDDLEWARES": {"spidermw_process_start.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.meta.get("value"))
