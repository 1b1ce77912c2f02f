"""Await in an async `process_spider_output` between spider middlewares that are not, and one that is both."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from kit.signals import Listening


class Sync:
    def process_spider_output(self, response, result, spider):
        for item in result:
            item["went"] = item.get("went", []) + ["sync"]
            yield item


class Async:
    async def process_spider_output(self, response, result, spider):
        async for item in result:
            item["went"] = item.get("went", []) + [await cell_of(item).helper(later("value"))]
            yield item


class Both(Sync):
    async def process_spider_output_async(self, response, result, spider):
        async for item in result:
            item["went"] = item.get("went", []) + ["async"]
            yield item


class FirstSync(Sync):
    pass


class SpidermwMixed(Listening, Place):
    core = False
    expected = [["sync", "value", "async", "sync"]]
    custom_settings = {
        # The crawl does not start in Scrapy 2.16 and later; without a reactor 2.19 then leaves HTTP sessions open.
        "DOWNLOAD_HANDLERS": {"http": None, "https": None},
        # The highest number is the nearest to the spider.
        "SPIDER_MIDDLEWARES": {
            "spidermw_mixed.FirstSync": 580,
            "spidermw_mixed.Async": 570,
            "spidermw_mixed.Both": 560,
            "spidermw_mixed.Sync": 550,
        },
    }

    def parse(self, response):
        yield {"cell": cell_of(response)}

    def on_item_scraped(self, item):
        cell_of(item).note(item["went"])
