"""Await in `process_item` of an item pipeline: the item must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Pipeline:
    async def process_item(self, item, spider):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class PipelineProcessItem(Place):
    core = False
    custom_settings = {"ITEM_PIPELINES": {"pipeline_process_item.Pipeline": 100}}

    def parse(self, response):
        yield {"cell": cell_of(response)}

    def scraped(self, item):
        cell_of(item).note(item["value"])
