"""`pipeline_open_spider` in a Scrapy (2.14 and later) that does not wait for `open_spider` of pipelines to end."""

from kit.place import Place
from pipeline_open_spider import PipelineOpenSpider
from scrapy.pipelines import ItemPipelineManager
from scrapy.utils.defer import deferred_from_coro


class Hasty(ItemPipelineManager):
    async def open_spider_async(self):
        deferred_from_coro(super().open_spider_async())


class PlaceOpensWithoutWaiting(PipelineOpenSpider, Place):
    custom_settings = dict(PipelineOpenSpider.custom_settings, ITEM_PROCESSOR="place_opens_without_waiting.Hasty")
