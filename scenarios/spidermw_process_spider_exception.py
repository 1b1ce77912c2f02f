"""Await in an async generator `process_spider_exception` of a spider middleware: its items must come out."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from kit.signals import Listening


class Middleware:
    async def process_spider_exception(self, response, exception, spider):
        cell = cell_of(response)
        yield {"cell": cell, "value": await cell.helper(later("value"))}


class SpidermwProcessSpiderException(Listening, Place):
    core = False
    custom_settings = {"SPIDER_MIDDLEWARES": {"spidermw_process_spider_exception.Middleware": 543}}

    def parse(self, response):
        raise ValueError("on purpose")

    def on_item_scraped(self, item):
        cell_of(item).note(item["value"])
