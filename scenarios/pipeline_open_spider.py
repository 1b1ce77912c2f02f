"""Await in `open_spider` of an item pipeline: it must have ended before the first item comes."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Pipeline:
    async def open_spider(self, spider):
        cell = cell_of(spider)
        cell.note(await cell.helper(later("value")))

    def process_item(self, item, spider):
        cell_of(item).note("item")
        return item


class PipelineOpenSpider(Place):
    core = False
    each = True
    expected = ["value", "item"]
    custom_settings = {"ITEM_PIPELINES": {"pipeline_open_spider.Pipeline": 100}}

    def parse(self, response):
        yield {"cell": cell_of(response)}
