"""Await in an async generator `process_spider_output` of a spider middleware: the items must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from kit.signals import Listening


class Middleware:
    async def process_spider_output(self, response, result, spider):
        async for item in result:
            item["value"] = await cell_of(item).helper(later("value"))
            yield item


class SpidermwProcessSpiderOutput(Listening, Place):
    core = False
    custom_settings = {"SPIDER_MIDDLEWARES": {"spidermw_process_spider_output.Middleware": 543}}

    def parse(self, response):
        yield {"cell": cell_of(response)}

    def on_item_scraped(self, item):
        cell_of(item).note(item.get("value"))
