"""Await in `process_spider_input` of a spider middleware: the callback must get the response changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Middleware:
    async def process_spider_input(self, response, spider):
        response.meta["value"] = await cell_of(response).helper(later("value"))


class SpidermwProcessSpiderInput(Place):
    core = False
    custom_settings = {"SPIDER_MIDDLEWARES": {"spidermw_process_spider_input.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.meta.get("value"))
