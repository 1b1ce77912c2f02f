"""Await in `process_item` of an item pipeline: the item must come out changed."""

from kit.deferreds import later
from kit.place import Place, cell_of
from scrapy import signals


class Pipeline:
    async def process_item(self, item, spider):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class PipelineProcessItem(Place):
    core = False
    custom_settings = {"ITEM_PIPELINES": {"pipeline_process_item.Pipeline": 100}}

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_item, signals.item_scraped)
        return spider

    def parse(self, response):
        yield {"cell": cell_of(response)}

    def on_item(self, item):
        cell_of(item).note(item["value"])
