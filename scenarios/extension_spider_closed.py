"""Await in an extension's handler of `spider_closed`: it must have ended before the engine counts as stopped."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from scrapy import signals


class Extension:
    @classmethod
    def from_crawler(cls, crawler):
        extension = cls()
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    async def spider_closed(self, spider):
        cell = cell_of(spider)
        cell.note(await cell.helper(slowly("value")))


class ExtensionSpiderClosed(Place):
    core = False
    each = True
    expected = ["value", "stopped"]
    custom_settings = {"EXTENSIONS": {"extension_spider_closed.Extension": 100}}

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stopped, signals.engine_stopped)
        return spider

    def stopped(self):
        self.cell.note("stopped")
