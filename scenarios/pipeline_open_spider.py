"""Await in `open_spider` of an item pipeline: it must have ended before the first item comes."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place


class Pipeline:
    async def open_spider(self, spider):
        cell = cell_of(spider)
        # Longer than what follows takes where it does not wait: up to 2.17 that is a tenth of a second.
        cell.note(await cell.helper(slowly("value", turns=75)))

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
