"""Await in `close_spider` of an item pipeline: it must have ended before the spider counts as closed."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place


class Pipeline:
    def process_item(self, item, spider):
        return item

    async def close_spider(self, spider):
        cell = cell_of(spider)
        cell.note(await cell.helper(slowly("value")))


class PipelineCloseSpider(Place):
    core = False
    each = True
    expected = ["value", "closed"]
    custom_settings = {"ITEM_PIPELINES": {"pipeline_close_spider.Pipeline": 100}}

    def closed(self, reason):
        self.cell.note("closed")
